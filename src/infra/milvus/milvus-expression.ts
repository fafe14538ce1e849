import { isId } from '../../domain/ids';
import type { VectorSpace } from '../../records/vector-space';

/** Names of the fields of every collection. */
export const FIELDS = {
  key: 'vectorKey',
  tenant: 'tenantId',
  collection: 'collectionId',
  vector: 'vector',
} as const;

/**
 * The only maker of filter expressions: a space, or some keys of it. Nothing but lower-case UUIDs and integers can reach
 * an expression (the servers do not all know expression parameters, and a text pasted into one has crossed tenants).
 * @throws TypeError for an id that is no UUID, or a key outside of 1 to 2^63 - 1.
 */
export function spaceExpression(
  space: Pick<VectorSpace, 'tenantId' | 'collectionId'>,
  keys?: readonly bigint[],
): string {
  if (!isId(space.tenantId) || !isId(space.collectionId)) {
    throw new TypeError('A vector space needs a tenant id and a collection id');
  }
  const tenant = `${FIELDS.tenant} == ${JSON.stringify(space.tenantId)}`;
  const collection = `${FIELDS.collection} == ${JSON.stringify(space.collectionId)}`;
  if (!keys) return `${tenant} && ${collection}`;
  keys.forEach(assertKey);
  return `${tenant} && ${collection} && ${FIELDS.key} in [${keys.join(', ')}]`;
}

/**
 * The rows of a space whose keys are above `after`.
 * @throws TypeError for an id that is no UUID, or a number that is negative or above 2^63 - 1.
 */
export function spaceExpressionAfter(space: Pick<VectorSpace, 'tenantId' | 'collectionId'>, after: bigint): string {
  if (after !== 0n) assertKey(after);
  return `${spaceExpression(space)} && ${FIELDS.key} > ${after}`;
}

/** @throws TypeError for what is no bigint of 1 to 2^63 - 1. */
export function assertKey(key: bigint): void {
  if (typeof key !== 'bigint' || key < 1n || key > 9_223_372_036_854_775_807n) {
    throw new TypeError('A vector key is an integer from 1 to 2^63 - 1');
  }
}
