import type { AuditCheckpoint } from '../domain/audit-checkpoint';

/** Where checkpoints of audits are given out: outside of the database, best where nobody who can write that can reach. */
export interface CheckpointStore {
  /** Whether there is one of this tenant and day (`2026-11-30`). */
  has(tenantId: string, day: string): Promise<boolean>;
  /** Keeps the checkpoint under its tenant and day; where there is one, that stays. @throws what the disk throws. */
  put(checkpoint: AuditCheckpoint): Promise<void>;
}
