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

  /** For each of these embeddings, one of the packs that make it. */
  async namesOf(embeddingDigests: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.database.system.modelPack.findMany({
      where: { embeddingDigest: { in: [...embeddingDigests] } },
      select: { id: true, embeddingDigest: true },
      orderBy: { id: 'desc' },
    });
    return new Map(rows.map((row) => [row.embeddingDigest, row.id]));
  }

  /** The packs of all collections of all tenants, and those that they move to or may go back to. */
  async listNeeded(): Promise<readonly NeededPack[]> {
    const rows = await this.database.system.$queryRaw<{ pack_id: string; collection_ids: string[] }[]>`
      SELECT pack_id, COALESCE(array_agg(id::text ORDER BY id) FILTER (WHERE is_pinned), '{}') AS collection_ids
        FROM (SELECT id, model_pack_id AS pack_id, true AS is_pinned FROM collections WHERE state = 'ACTIVE'
               UNION ALL
              SELECT c.id, unnest(ARRAY[r.source_pack_id, r.target_pack_id]), false
                FROM reembeddings r JOIN collections c ON c.id = r.collection_id AND c.state = 'ACTIVE'
               WHERE r.state <> 'STOPPED') needed
       GROUP BY pack_id ORDER BY pack_id`;
    return rows.map((row) => ({ packId: row.pack_id, collectionIds: row.collection_ids }));
  }
}
