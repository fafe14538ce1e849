import { createHash } from 'node:crypto';
import { DomainError } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { ImageStore } from '../../ports/image-store';
import type { StoredObject, StoredObjectPage, StoredObjectStore } from './stored-object.store';

export interface StoreCopyDependencies {
  readonly objects: Pick<StoredObjectStore, 'listImages' | 'listUploads'>;
  readonly from: Pick<ImageStore, 'get'>;
  readonly to: Pick<ImageStore, 'delete' | 'digest' | 'list' | 'put'>;
  /** Hears of each object that has been looked at. */
  readonly onProgress: (report: StoreCopyReport) => void;
  /** Hears of each object that cannot be copied, and why. */
  readonly onFault: (key: string, why: 'MISSING' | 'DAMAGED') => void;
}

export interface StoreCopyReport {
  copied: number;
  copiedBytes: number;
  /** They were there already, by their digest. */
  alreadyThere: number;
  /** The store that is copied from does not have them. */
  missing: number;
  /** What it has is not what was stored once. */
  damaged: number;
  /** Of the store that is copied to: nothing names them any more. */
  removed: number;
}

const PAGE = 500;
const AT_ONCE = 8;

/**
 * Copies what the database knows of from one store to another. What is there already, by its digest, is not sent again: a copy that was
 * cut short goes on, and a second one brings what came meanwhile.
 */
export class StoreCopy {
  readonly report: StoreCopyReport = {
    copied: 0,
    copiedBytes: 0,
    alreadyThere: 0,
    missing: 0,
    damaged: 0,
    removed: 0,
  };

  constructor(private readonly deps: StoreCopyDependencies) {}

  /** @throws what the stores throw; the signal's reason, between two pages. */
  async copy(scope: TenantScope, signal: AbortSignal): Promise<void> {
    for await (const page of this.pages(scope)) {
      for (let at = 0; at < page.length; at += AT_ONCE) {
        signal.throwIfAborted();
        await Promise.all(page.slice(at, at + AT_ONCE).map((object) => this.copyOne(object)));
      }
    }
  }

  /** Removes from the store that is copied to what was deleted since. Only where nothing else writes there. */
  async prune(scope: TenantScope, signal: AbortSignal): Promise<void> {
    const known = new Set<string>();
    for await (const page of this.pages(scope)) for (const { key } of page) known.add(key);
    for (const kind of ['images', 'uploads']) {
      for await (const key of this.deps.to.list(`${kind}/${scope.tenantId}`)) {
        signal.throwIfAborted();
        if (known.has(key)) continue;
        await this.deps.to.delete(key);
        this.report.removed += 1;
      }
    }
  }

  private async *pages(scope: TenantScope): AsyncGenerator<readonly StoredObject[]> {
    const { objects } = this.deps;
    for (const list of [objects.listImages.bind(objects), objects.listUploads.bind(objects)]) {
      let after: string | null = null;
      do {
        const page: StoredObjectPage = await list(scope, after, PAGE);
        yield page.objects;
        after = page.after;
      } while (after !== null);
    }
  }

  private async copyOne({ key, mime, sha256 }: StoredObject): Promise<void> {
    const { from, to, onFault, onProgress } = this.deps;
    if ((await to.digest(key)) === sha256) {
      this.report.alreadyThere += 1;
      return onProgress(this.report);
    }
    const bytes = await from.get(key).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'NOT_FOUND') return null;
      throw error;
    });
    if (!bytes) {
      this.report.missing += 1;
      onFault(key, 'MISSING');
    } else if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
      this.report.damaged += 1;
      onFault(key, 'DAMAGED');
    } else {
      await to.put(key, bytes, mime);
      if ((await to.digest(key)) !== sha256) {
        throw new DomainError(
          'DEPENDENCY_UNAVAILABLE',
          `The store that is copied to has other bytes under ${key} than were put there. Look at its disk, then run the copy again.`,
        );
      }
      this.report.copied += 1;
      this.report.copiedBytes += bytes.length;
    }
    onProgress(this.report);
  }
}
