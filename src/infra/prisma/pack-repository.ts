import type { PackDescription } from '../../ports/face-analyzer';
import type { PackRepository } from '../../ports/pack-repository';
import type { Database } from '../../database';
import type { NeededPack } from '../../records/pack';

export class PrismaPackRepository implements PackRepository {
  constructor(private readonly database: Database) {}

  async register(packs: readonly PackDescription[]): Promise<readonly string[]> {
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

  async listNeeded(): Promise<readonly NeededPack[]> {
    const rows = await this.database.system.$queryRaw<{ pack_id: string; collection_ids: string[] }[]>`
      SELECT model_pack_id AS pack_id, array_agg(id::text ORDER BY id) AS collection_ids
        FROM collections WHERE state = 'ACTIVE' GROUP BY model_pack_id ORDER BY model_pack_id`;
    return rows.map((row) => ({ packId: row.pack_id, collectionIds: row.collection_ids }));
  }
}
