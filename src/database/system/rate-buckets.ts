import { MOST_OWED_MS, PERIOD_MS, type Bucket } from '../../domain/rates';
import type { Database } from '../database';

/** Sums of fractions are off by less. */
const SLACK = 1e-6;
/** A clock that is set back by more is believed; by less it was a wait for the row. */
const WAITED_MS = 10_000;

/** Buckets of rates that processes share, one statement a step, on the database's clock. */
export class RateBuckets {
  constructor(private readonly database: Database) {}

  /** Takes as much as there is between `need` and `want`; nothing if there is less than `need`. */
  lease(bucket: Bucket, need: number, want: number): Promise<{ granted: number; remaining: number }> {
    return this.step(bucket, need, want, false);
  }

  /** Takes so much, whatever there is, or gives it back (negative). */
  charge(bucket: Bucket, amount: number): Promise<{ granted: number; remaining: number }> {
    return this.step(bucket, 0, amount, true);
  }

  /** Leaves the database to whoever opened it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  private async step(
    { id, capacity }: Bucket,
    need: number,
    want: number,
    forced: boolean,
  ): Promise<{ granted: number; remaining: number }> {
    const unitMs = PERIOD_MS / capacity;
    const first = forced || capacity >= need - SLACK ? (forced ? want : Math.min(want, capacity)) : 0;
    const rows = await this.database.system.$queryRaw<{ granted: number; owed_ms: number }[]>`
      INSERT INTO rate_buckets AS b (id, owed_ms, at, granted)
      VALUES (${id}, LEAST(${MOST_OWED_MS}::float8, GREATEST(0, ${first}::float8 * ${unitMs}::float8)), clock_timestamp(), ${first}::float8)
      ON CONFLICT (id) DO UPDATE
         SET (owed_ms, at, granted) = (
             SELECT LEAST(${MOST_OWED_MS}::float8, GREATEST(0, s.owed + s.granted * ${unitMs}::float8)), s.now, s.granted
               FROM (SELECT r.owed, r.now,
                            CASE WHEN ${forced}::boolean THEN ${want}::float8
                                 WHEN r.there >= ${need}::float8 - ${SLACK}::float8 THEN LEAST(${want}::float8, GREATEST(r.there, ${need}::float8, 0))
                                 ELSE 0 END AS granted
                       FROM (SELECT o.owed, o.now, (${PERIOD_MS}::float8 - o.owed) / ${unitMs}::float8 AS there
                               FROM (SELECT GREATEST(0, b.owed_ms - GREATEST(0, EXTRACT(EPOCH FROM EXCLUDED.at - b.at)::float8 * 1000)) AS owed,
                                            CASE WHEN EXCLUDED.at < b.at - make_interval(secs => ${WAITED_MS / 1_000}) THEN EXCLUDED.at
                                                 ELSE GREATEST(b.at, EXCLUDED.at) END AS now) o) r) s)
      RETURNING b.granted, b.owed_ms`;
    const { granted, owed_ms: owedMs } = rows[0]!;
    return { granted, remaining: (PERIOD_MS - owedMs) / unitMs };
  }
}
