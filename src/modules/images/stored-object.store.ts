import type { Database } from '../../database';
import type { TenantScope } from '../../domain/tenant-scope';
import { imageKey, uploadKey } from '../../domain/image-keys';

/** What the image store has to have. */
export interface StoredObject {
  readonly key: string;
  readonly mime: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
}

export interface StoredObjectPage {
  readonly objects: readonly StoredObject[];
  /** Where the next page begins; null: this was the last. */
  readonly after: string | null;
}

/** A tenant's images, and its uploads that were sent and not enrolled yet, as the database knows them. */
export class StoredObjectStore {
  constructor(private readonly database: Database) {}

  async count(scope: TenantScope): Promise<number> {
    return this.database.read(
      scope,
      async (tx) => (await tx.image.count()) + (await tx.upload.count({ where: { state: 'RECEIVED' } })),
    );
  }

  /** @param after of the page before. */
  async listImages(scope: TenantScope, after: string | null, limit: number): Promise<StoredObjectPage> {
    const rows = await this.database.read(scope, (tx) =>
      tx.image.findMany({
        where: after === null ? {} : { id: { gt: after } },
        select: { id: true, mime: true, storedSha256: true },
        orderBy: { id: 'asc' },
        take: limit,
      }),
    );
    const objects = rows.map(({ id, mime, storedSha256 }) => ({
      key: imageKey(scope, id),
      mime,
      sha256: Buffer.from(storedSha256).toString('hex'),
    }));
    return { objects, after: rows.length < limit ? null : rows.at(-1)!.id };
  }

  /** @param after of the page before. */
  async listUploads(scope: TenantScope, after: string | null, limit: number): Promise<StoredObjectPage> {
    const rows = await this.database.read(scope, (tx) =>
      tx.upload.findMany({
        where: { state: 'RECEIVED', ...(after === null ? {} : { id: { gt: after } }) },
        select: { id: true, mime: true, sha256: true },
        orderBy: { id: 'asc' },
        take: limit,
      }),
    );
    const objects = rows.flatMap(({ id, mime, sha256 }) =>
      sha256 === null ? [] : [{ key: uploadKey(scope, id), mime, sha256: Buffer.from(sha256).toString('hex') }],
    );
    return { objects, after: rows.length < limit ? null : rows.at(-1)!.id };
  }
}
