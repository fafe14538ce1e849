import type { NeededPack, PackFacts } from '../../records/pack';
import type { Database } from '../database';

/** The packs that this platform has served. They are of no tenant. */
export class Packs {
  constructor(private readonly database: Database) {}

  /**
   * Remembers the packs that this process serves, so that collections can be pinned to them.
   * @returns the ids of those that are known under the same name and version with another embeddingDigest. They must not
   * serve: their vectors would be mixed with those of the pack that it was.
   */
  async register(packs: readonly PackFacts[]): Promise<readonly string[]> {
    const others: string[] = [];
    for (const pack of packs) {
      const facts = {
        name: pack.name,
        version: pack.version,
        embeddingDigest: pack.embeddingDigest,
        dimension: pack.dimension,
        metric: pack.metric,
        licence: pack.licence,
        commercialUse: pack.commercialUse,
      };
      const known = await this.database.system.modelPack.upsert({
        where: { id: pack.id },
        create: { id: pack.id, ...facts },
        update: {},
      });
      if (known.embeddingDigest !== pack.embeddingDigest) others.push(pack.id);
    }
    return others;
  }

  /** The packs of all collections of all tenants. */
  async listNeeded(): Promise<readonly NeededPack[]> {
    const rows = await this.database.system.$queryRaw<{ pack_id: string; collection_ids: string[] }[]>`
      SELECT model_pack_id AS pack_id, array_agg(id::text ORDER BY id) AS collection_ids
        FROM collections WHERE state = 'ACTIVE' GROUP BY model_pack_id ORDER BY model_pack_id`;
    return rows.map((row) => ({ packId: row.pack_id, collectionIds: row.collection_ids }));
  }
}
