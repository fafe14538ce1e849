import { DomainError } from './errors';
import { Networks } from './networks';
import { scopesBeyond, type ApiKeyScope } from './scopes';

/** What a key may do and until when: also the most that it can give to another. */
export interface KeyRights {
  readonly scopes: readonly ApiKeyScope[];
  /** Null: it does not end. */
  readonly expiresAt: Date | null;
  readonly isTest: boolean;
  /** Those that it is bound to; null: the whole tenant. */
  readonly collectionIds: readonly string[] | null;
  /** CIDRs that it works from; null: from everywhere. */
  readonly allowedNetworks: readonly string[] | null;
}

/** Collections that one key can be bound to. */
export const MAX_BOUND_COLLECTIONS = 100;

/** Networks that one key can be given. */
export const MAX_NETWORKS = 50;

/** Keys of one rotation that work at the same time: the newest, and one in its grace. */
export const MAX_LIVE_IN_ROTATION = 2;

/** @throws DomainError FORBIDDEN when `made` could do more, or for longer, than the key that makes it. */
export function assertMayMake(maker: KeyRights, made: KeyRights): void {
  assertMayEnd(maker, made);
  if (maker.expiresAt && (made.expiresAt === null || made.expiresAt > maker.expiresAt)) {
    throw new DomainError(
      'FORBIDDEN',
      `A key makes none that outlives it, and yours ends at ${maker.expiresAt.toISOString()}: give an expiresAt until then, or use a key that lasts.`,
    );
  }
}

/** @throws DomainError FORBIDDEN when `ended` may do what the key that ends it may not. How long it lasts does not matter. */
export function assertMayEnd(ender: KeyRights, ended: KeyRights): void {
  const beyond = scopesBeyond(ended.scopes, new Set(ender.scopes));
  if (beyond.length > 0) {
    throw new DomainError(
      'FORBIDDEN',
      `A key cannot make, rotate or revoke one that may do more: yours lacks ${beyond.join(', ')}. Use a key that has them.`,
    );
  }
  const bounds = ender.collectionIds;
  if (bounds && !ended.collectionIds?.every((id) => bounds.includes(id))) {
    throw new DomainError(
      'FORBIDDEN',
      'A key that is bound to collections makes, rotates and revokes keys of these collections only. Name some of its own, or use a key that is not bound.',
    );
  }
  const networks = ender.allowedNetworks && new Networks(ender.allowedNetworks);
  if (networks && !ended.allowedNetworks?.every((one) => networks.covers(one))) {
    throw new DomainError(
      'FORBIDDEN',
      'A key that works from certain networks makes, rotates and revokes keys that work from these only. Name some of its own, or use a key that works from everywhere.',
    );
  }
  if (ender.isTest && !ended.isTest) {
    throw new DomainError('FORBIDDEN', 'A test key makes, rotates and revokes test keys only. Use a live key.');
  }
}

/** When a key of a rotation ends: keys that were replaced end early, those that were not have the end they were made with. */
export function endOfRotation(keys: readonly KeyRights[]): Date | null {
  return keys.reduce<Date | null>(
    (end, { expiresAt }) => (end === null || expiresAt === null ? null : expiresAt > end ? expiresAt : end),
    new Date(0),
  );
}
