import { Prisma } from './generated/client';

/** The times a sweep doubles its patience with one job. */
const MAX_DOUBLINGS = 4;

/** The condition on jobs, as `j`, that are unfinished and have been still for longer than their sweeps so far ask for. */
export function stillSince(now: Date, quietMs: number): Prisma.Sql {
  return Prisma.sql`
    j.state IN ('QUEUED', 'IN_PROGRESS')
    AND j.updated_at < ${now}::timestamptz - make_interval(secs => ${quietMs / 1000}::float8
        * power(2, LEAST(COALESCE((j.parameters->>'sweeps')::int, 0), ${MAX_DOUBLINGS})))`;
}
