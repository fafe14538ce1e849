import type { Credentials } from '../../database/system';
import { DomainError } from '../../domain/errors';
import { uploadKey } from '../../domain/image-keys';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { DirectAddress, DirectUpload, DirectUploads } from '../../ports/direct-uploads';
import type { ImageStore } from '../../ports/image-store';
import type { SentUpload, UploadRecord } from '../../records/upload';
import type { UsageRecorder } from '../usage/usage-recorder.service';
import type { UploadStore } from './upload.store';

export interface DirectUploadDependencies {
  readonly uploads: Pick<UploadStore, 'listSentDirectly' | 'markReceived' | 'find'>;
  readonly images: Pick<ImageStore, 'delete'>;
  /** null: all bytes come through this server. */
  readonly direct: DirectUploads | null;
  readonly holders: Pick<Credentials, 'findHolder'>;
  readonly usage: Pick<UsageRecorder, 'add'>;
  readonly clock: Clock;
}

/** What became of uploads; one that is not there yet is in neither. */
export interface ReceivedDirectly {
  readonly received: ReadonlySet<string>;
  /** Why they are not used. */
  readonly refused: ReadonlyMap<string, DomainError>;
}

const AT_ONCE = 16;

/** Uploads whose bytes go past this server into the store: it gives out the addresses, and takes over what was sent. */
export class DirectUploadService {
  constructor(private readonly deps: DirectUploadDependencies) {}

  /** Whether this file may go there by itself: what is signed is its digest. */
  takes({ sha256 }: { readonly sha256: string | null }): boolean {
    return this.deps.direct !== null && sha256 !== null;
  }

  /** @returns null for one whose bytes come through this server. */
  async addressOf(scope: TenantScope, upload: UploadRecord): Promise<DirectAddress | null> {
    const { direct } = this.deps;
    return direct && upload.apiKeyId !== null ? direct.address(directOf(scope, upload)) : null;
  }

  /**
   * Makes of uploads that were sent directly ones that are RECEIVED. Each is taken over only while the key that its address was
   * given to holds; of a key that was revoked, what was sent is removed and never used.
   *
   * @throws DomainError DEPENDENCY_UNAVAILABLE, STORAGE_FULL.
   */
  async receive(scope: TenantScope, uploadIds: readonly string[]): Promise<ReceivedDirectly> {
    const { direct, uploads, clock } = this.deps;
    const received = new Set<string>();
    const refused = new Map<string, DomainError>();
    if (!direct || uploadIds.length === 0) return { received, refused };
    const sent = await uploads.listSentDirectly(scope, uploadIds, clock.now());
    const held = await this.keysThatHold(sent);
    for (let at = 0; at < sent.length; at += AT_ONCE) {
      await Promise.all(
        sent.slice(at, at + AT_ONCE).map(async (upload) => {
          if (held.has(upload.apiKeyId)) {
            if (await this.takeOver(scope, direct, upload)) received.add(upload.id);
            return;
          }
          await direct.discard(uploadKey(scope, upload.id));
          refused.set(upload.id, keyGone());
        }),
      );
    }
    return { received, refused };
  }

  private async takeOver(scope: TenantScope, direct: DirectUploads, upload: SentUpload): Promise<boolean> {
    const key = uploadKey(scope, upload.id);
    if (!(await direct.take(directOf(scope, upload)))) return false;
    const isFirst = await this.deps.uploads.markReceived(scope, upload.id);
    const isReceived = isFirst || (await this.deps.uploads.find(scope, upload.id))?.state === 'RECEIVED';
    if (isFirst) {
      const { tenantId } = scope;
      this.deps.usage.add({ tenantId, apiKeyId: upload.apiKeyId }, { uploads: 1, uploadedBytes: upload.bytes });
    } else if (!isReceived) {
      // The tenant is being deleted, or the upload was swept away: nothing would ever remove these bytes again.
      await this.deps.images.delete(key);
    }
    await direct.discard(key);
    return isReceived;
  }

  private async keysThatHold(sent: readonly SentUpload[]): Promise<ReadonlySet<string>> {
    const ids = [...new Set(sent.map(({ apiKeyId }) => apiKeyId))];
    const holders = await Promise.all(ids.map((id) => this.deps.holders.findHolder(id, this.deps.clock.now())));
    return new Set(ids.filter((_, index) => holders[index]!.holds));
  }
}

function directOf(scope: TenantScope, { id, bytes, mime, sha256 }: UploadRecord): DirectUpload {
  if (sha256 === null) throw new Error('An upload without a digest has no address of the store');
  return { key: uploadKey(scope, id), bytes, mime, sha256 };
}

function keyGone(): DomainError {
  return new DomainError(
    'FORBIDDEN',
    'The key that this upload’s address was given to is no longer in use, so what was sent there is not used. Make a new upload with another key.',
  );
}
