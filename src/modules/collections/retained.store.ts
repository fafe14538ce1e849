import { Prisma } from '../../database/sql';

/**
 * Whether the retention of the collection `c` has not run out for the face `f`, the image `i`, or the
 * operation `o`. Everything that
 * reads faces asks: what has expired is in no answer from that moment on, whenever it is removed.
 */
export const RETAINED_FACE = Prisma.sql`
  (c.retention_days IS NULL OR f.created_at > now() - make_interval(days => c.retention_days))`;
/** Whether the face `f` is to be seen as far as its state goes: neither deleted nor in the trash. */
export const SHOWN_FACE = Prisma.sql`f.state NOT IN ('DELETED', 'TRASHED')`;
export const RETAINED_OPERATION = Prisma.sql`
  (c.retention_days IS NULL OR o.created_at > now() - make_interval(days => c.retention_days))`;
export const RETAINED_IMAGE = Prisma.sql`
  (c.retention_days IS NULL OR i.created_at > now() - make_interval(days => c.retention_days))`;
