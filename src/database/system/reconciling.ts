import type { Database } from '../database';

/** Where a round is. */
export interface ReconcilingPlace {
  readonly collectionId: string;
  readonly embeddingDigest: string;
  /** The last key that was looked at. null: the embedding is done. */
  readonly lastKey: bigint | null;
}

/** What was found since the first start, over all processes. */
export interface ReconcilingState {
  /** `pack` is the name of one of those that make this embedding. */
  readonly found: readonly { readonly pack: string; readonly what: string; readonly total: number }[];
  /** Null before the first round has ended. */
  readonly secondsSinceRound: number | null;
}

/** Rounds over the indexes of all collections, one process at a time. */
export class Reconciling {
  constructor(private readonly database: Database) {}

  /**
   * Takes the round that is under way, or begins the next one when it is due (or at once, where `now`), for `leaseMs`.
   * @returns where it goes on (null: at the first collection); undefined when another process has it, or none is due.
   */
  async take(owner: string, leaseMs: number, now = false): Promise<{ place: ReconcilingPlace | null } | undefined> {
    const rows = await this.database.system.$queryRaw<
      { at_collection: string | null; at_embedding: string | null; at_key: bigint | null }[]
    >`
      UPDATE reconciling_rounds SET owner = ${owner}, lease_until = now() + make_interval(secs => ${leaseMs / 1000})
       WHERE (owner IS NULL OR owner = ${owner} OR lease_until < now())
         AND (at_collection IS NOT NULL OR next_round_at <= now() OR ${now})
      RETURNING at_collection, at_embedding, at_key`;
    const row = rows[0];
    if (!row) return undefined;
    const { at_collection: collectionId, at_embedding: embeddingDigest, at_key: lastKey } = row;
    if (collectionId === null || embeddingDigest === null) return { place: null };
    return { place: { collectionId, embeddingDigest, lastKey } };
  }

  /** Keeps the round and notes where it is. @returns false when another process has taken it. */
  async advance(owner: string, leaseMs: number, place: ReconcilingPlace): Promise<boolean> {
    const kept = await this.database.system.$executeRaw`
      UPDATE reconciling_rounds
         SET lease_until = now() + make_interval(secs => ${leaseMs / 1000}), at_collection = ${place.collectionId}::uuid,
             at_embedding = ${place.embeddingDigest}, at_key = ${place.lastKey}
       WHERE owner = ${owner}`;
    return kept === 1;
  }

  /** Lets another process go on. */
  async release(owner: string): Promise<void> {
    await this.database.system.$executeRaw`
      UPDATE reconciling_rounds SET owner = NULL, lease_until = NULL WHERE owner = ${owner}`;
  }

  /** Ends the round. @param pauseMs until the next one. */
  async finish(owner: string, pauseMs: number): Promise<void> {
    await this.database.system.$executeRaw`
      UPDATE reconciling_rounds
         SET owner = NULL, lease_until = NULL, at_collection = NULL, at_embedding = NULL, at_key = NULL,
             finished_at = now(), next_round_at = now() + make_interval(secs => ${pauseMs / 1000})
       WHERE owner = ${owner}`;
  }

  async count(embeddingDigest: string, found: Readonly<Record<string, number>>): Promise<void> {
    // Zeros too: what is watched has to be seen before it rises.
    const counted = Object.entries(found);
    await this.database.system.$executeRaw`
      INSERT INTO reconciled_vectors (embedding_digest, what, total)
      SELECT ${embeddingDigest}, what, total
        FROM unnest(${counted.map(([what]) => what)}::text[], ${counted.map(([, count]) => count)}::bigint[]) AS f (what, total)
      ON CONFLICT (embedding_digest, what) DO UPDATE SET total = reconciled_vectors.total + EXCLUDED.total`;
  }

  async state(): Promise<ReconcilingState> {
    const found = await this.database.system.$queryRaw<{ pack: string; what: string; total: number }[]>`
      SELECT COALESCE((SELECT min(m.id) FROM model_packs m WHERE m.embedding_digest = r.embedding_digest),
                      r.embedding_digest) AS pack, r.what, r.total::float8 AS total
        FROM reconciled_vectors r ORDER BY 1, 2`;
    const rounds = await this.database.system.$queryRaw<{ seconds: number | null }[]>`
      SELECT EXTRACT(EPOCH FROM now() - finished_at)::float8 AS seconds FROM reconciling_rounds`;
    return { found, secondsSinceRound: rounds[0]?.seconds ?? null };
  }
}
