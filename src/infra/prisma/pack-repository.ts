import type { PackDescription } from '../../ports/face-analyzer';
import type { PackRepository } from '../../ports/pack-repository';
import type { Database } from './database';

export class PrismaPackRepository implements PackRepository {
  constructor(private readonly database: Database) {}

  async register(packs: readonly PackDescription[]): Promise<void> {
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
      if (known.embeddingDigest !== pack.embeddingDigest) {
        throw new Error(
          `Pack ${pack.id} is not the one that this database's vectors were made with ` +
            `(${known.embeddingDigest.slice(0, 12)}, now ${pack.embeddingDigest.slice(0, 12)}). Give the changed pack a new version.`,
        );
      }
    }
  }
}
