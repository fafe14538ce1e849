/** What stores write SQL with. Lint lets `*.store.ts` alone import it. */
export { auditInsert, writeAuditRows } from './audit-trail';
export { CollectionGone, CollectionMoved, txOf, type Tx } from './change';
export { apiKeyDataOf, apiKeyRecordOf } from './api-key-rows';
export { between, betweenIds, directionOf, idsBetween } from './keyset';
export { isForeignKeyViolation, isUniqueViolation } from './database-errors';
export { leaveGranteeRole, takeGranteeRole } from './granted';
export { stillSince } from './job-movement';
export { pastBounds } from './past-bounds';
export { Prisma } from './generated/client';
export type { ApiKey, Upload } from './generated/client';
