import type { IdentityChange, Skipped } from '../../records/operation';

/** A recorded change, turned round. */
export interface Reversal extends IdentityChange {
  readonly isForgotten: boolean;
}

/** What is told of one that is not carried out. */
export function skip({ entity, id, otherId, field }: Reversal, reason: Skipped['reason']): Skipped {
  return { entity, id, otherId, field, reason, operationId: null };
}

/** Whether it takes a face out of sight, or brings it back. */
export function isOfTrash({ entity, field }: Reversal): boolean {
  return entity === 'FACE' && field === 'isTrashed';
}
