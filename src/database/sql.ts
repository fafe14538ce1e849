/** What stores write SQL with. Lint lets `*.store.ts` alone import it. */
export { CollectionGone, txOf, type Tx } from './change';
export { isForeignKeyViolation, isUniqueViolation } from './database-errors';
export { Prisma } from './generated/client';
export type { ApiKey, Tenant, Upload } from './generated/client';
