import type { Database } from '../../database';
import type { System, Tenants } from '../../database/system';
import { imageKey } from '../../domain/image-keys';
import type { TenantScope } from '../../domain/tenant-scope';
import type { ImageStore } from '../../ports/image-store';
import type { JobDelivery } from '../../ports/job-queue';
import type { ScopedJobHandler } from '../../ports/scoped-job';
import type { VectorIndex } from '../../ports/vector-index';
import type { JobPayload } from '../../records/job-definition';
import { removeDeletedJob } from './deletion.kind';
import { DeletionStore } from './deletion.store';

export interface DeletionDependencies {
  readonly deletions: DeletionStore;
  readonly tenants: Pick<Tenants, 'remove'>;
  readonly index: VectorIndex;
  readonly images: ImageStore;
  readonly catchUpIndex: (scope: TenantScope, collectionId: string) => Promise<void>;
}

const PAGE = 500;
/** Rows of one transaction: a few hundred milliseconds. */
const ROWS = 5_000;

/**
 * An image's object goes before its row: a run that dies in between finds the row again and repeats, so no object is
 * left that nothing names.
 */
export class DeletionHandler implements ScopedJobHandler {
  readonly definition = removeDeletedJob;

  constructor(private readonly deps: DeletionDependencies) {}

  async handle(scope: TenantScope, { payload: { jobId }, signal }: JobDelivery<JobPayload>): Promise<void> {
    const target = await this.deps.deletions.begin(scope, jobId);
    if (!target) return;
    if (target.kind === 'TENANT') return this.removeTenant(scope, signal);
    if (target.kind === 'COLLECTION') await this.removeCollection(scope, target.collectionId, signal);
    else for (const collectionId of target.collectionIds) await this.removeFaces(scope, collectionId, signal);
    await this.deps.deletions.complete(scope, jobId);
  }

  private async removeFaces(scope: TenantScope, collectionId: string, signal: AbortSignal): Promise<void> {
    await this.deps.catchUpIndex(scope, collectionId);
    for (;;) {
      signal.throwIfAborted();
      const imageIds = await this.deps.deletions.listDoomedImages(scope, collectionId, PAGE);
      if (imageIds.length === 0) break;
      await this.deps.deletions.deleteRemainingFaces(scope, imageIds);
      await this.removeObjects(scope, imageIds);
      await this.deps.deletions.removeImages(scope, imageIds);
    }
    const removeSome = () => this.deps.deletions.removeDeletedFaces(scope, collectionId, ROWS);
    await untilNone(removeSome, signal);
  }

  private async removeCollection(scope: TenantScope, collectionId: string, signal: AbortSignal): Promise<void> {
    const spaces = await this.deps.deletions.listSpaces(scope, collectionId);
    for (const space of spaces) await this.deps.index.drop(space);
    for (;;) {
      signal.throwIfAborted();
      const imageIds = await this.deps.deletions.listImages(scope, collectionId, PAGE);
      if (imageIds.length === 0) break;
      await this.removeObjects(scope, imageIds);
      await this.deps.deletions.removeImages(scope, imageIds);
    }
    await this.removeUnrecorded(scope, collectionId, signal);
    // An enrolment that was at work may have opened the space again; by now it finds no vectors to put there.
    for (const space of spaces) await this.deps.index.drop(space);
    await untilNone(() => this.deps.deletions.removeRows(scope, collectionId, ROWS), signal);
    await this.deps.deletions.removeCollection(scope, collectionId);
  }

  /** A worker stores an image before it records it: what one that died has left, only the item's row still names. */
  private async removeUnrecorded(scope: TenantScope, collectionId: string, signal: AbortSignal): Promise<void> {
    for (let after: string | null = null; ;) {
      signal.throwIfAborted();
      const itemIds: string[] = await this.deps.deletions.listUnrecordedItems(scope, collectionId, after, PAGE);
      await this.removeObjects(scope, itemIds);
      after = itemIds.at(-1) ?? null;
      if (after === null || itemIds.length < PAGE) return;
    }
  }

  private async removeTenant(scope: TenantScope, signal: AbortSignal): Promise<void> {
    const { deletions } = this.deps;
    const collectionIds = await deletions.listCollectionIds(scope);
    for (const collectionId of collectionIds) {
      signal.throwIfAborted();
      for (const space of await deletions.listSpaces(scope, collectionId)) await this.deps.index.drop(space);
    }
    await this.removeAllObjects(scope, signal);
    for (const part of [...collectionIds, null]) await untilNone(() => deletions.removeRows(scope, part, ROWS), signal);
    await this.deps.tenants.remove(scope);
    // Work that was under way when the first pass went by may have stored something behind it; now nothing can begin.
    await this.removeAllObjects(scope, signal);
  }

  private async removeAllObjects(scope: TenantScope, signal: AbortSignal): Promise<void> {
    for (const prefix of ['images', 'uploads', 'quarantine'].map((kind) => `${kind}/${scope.tenantId}`)) {
      for await (const key of this.deps.images.list(prefix)) {
        signal.throwIfAborted();
        await this.deps.images.delete(key);
      }
    }
  }

  private async removeObjects(scope: TenantScope, imageIds: readonly string[]): Promise<void> {
    for (const imageId of imageIds) await this.deps.images.delete(imageKey(scope, imageId));
  }
}

/** The handler with a store of its own. */
export function createDeletionHandler({
  database,
  system,
  ...parts
}: Omit<DeletionDependencies, 'deletions' | 'tenants'> & {
  readonly database: Database;
  readonly system: Pick<System, 'tenants'>;
}): DeletionHandler {
  const { index, images, catchUpIndex } = parts;
  const deletions = new DeletionStore(database);
  return new DeletionHandler({ deletions, tenants: system.tenants, index, images, catchUpIndex });
}

async function untilNone(removeSome: () => Promise<number>, signal: AbortSignal): Promise<void> {
  do signal.throwIfAborted();
  while ((await removeSome()) > 0);
}
