/** What services may know of the database: transactions, and a change that only stores can look into. */
export { currentTrail, onTrail, type AuditTrail } from './audit-trail';
export { Database, type ChangeListener, type DatabaseOptions, type TransactionOptions } from './database';
export type { Change, Flushed, NewVectorOp } from './change';
