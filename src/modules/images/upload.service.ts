import { badInput, DomainError } from '../../domain/errors';
import { canonicalMime, type SupportedImageMime } from '../../domain/image-format';
import type { ApiKeyScope } from '../../domain/scopes';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { NewUpload, UploadPurpose, UploadRecord } from '../../records/upload';
import type { DirectUploadService } from './direct-upload.service';
import type { UploadStore } from './upload.store';

export interface UploadServiceDependencies {
  readonly uploads: UploadStore;
  readonly direct: Pick<DirectUploadService, 'takes'>;
  readonly clock: Clock;
  /** How long an upload's bytes may be sent and used. */
  readonly ttlMs: number;
}

export interface UploadCommand {
  readonly bytes: number;
  readonly mime: string;
  readonly sha256?: string | null;
}

/** @throws DomainError BAD_USER_INPUT, which the input's own check forestalls. */
function mimeOf({ mime }: UploadCommand): SupportedImageMime {
  const canonical = canonicalMime(mime);
  if (!canonical) throw badInput({ path: 'files', rule: 'must be of mime image/jpeg, image/png or image/webp' });
  return canonical;
}

/** Gives out places for bytes; `http/upload-routes` receives them. */
export class UploadService {
  constructor(private readonly deps: UploadServiceDependencies) {}

  /**
   * @param held the scopes of the key that asks.
   * @param purpose null: ENROLL where the key may enrol, else SEARCH.
   * @param apiKeyId of the key that asks.
   * @throws DomainError FORBIDDEN when the key may not do what they are for; QUOTA_EXCEEDED.
   */
  async create(
    scope: TenantScope,
    held: ReadonlySet<ApiKeyScope>,
    files: readonly UploadCommand[],
    purpose: UploadPurpose | null,
    apiKeyId: string | null,
  ): Promise<UploadRecord[]> {
    const wanted = purpose ?? (held.has('ENROLL') ? 'ENROLL' : 'SEARCH');
    if (!held.has(wanted)) {
      throw new DomainError(
        'FORBIDDEN',
        `Uploads of the purpose ${wanted} need the scope ${wanted}, which this key lacks. Use a key that has it.`,
        { details: { field: 'purpose', scopes: [wanted] } },
      );
    }
    const expiresAt = new Date(this.deps.clock.now().getTime() + this.deps.ttlMs);
    const uploads: NewUpload[] = files.map((file) => ({
      bytes: file.bytes,
      mime: mimeOf(file),
      sha256: file.sha256 ?? null,
    }));
    return this.deps.uploads.create(scope, uploads, expiresAt, wanted, (file) =>
      this.deps.direct.takes(file) ? apiKeyId : null,
    );
  }
}
