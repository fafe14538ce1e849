import { DomainError } from '../domain/errors';
import { Networks } from '../domain/networks';

/**
 * @param networks CIDRs that a key works from; null: from everywhere.
 * @param address of the client, as `ClientAddresses` sees it.
 * @throws DomainError FORBIDDEN.
 */
export function assertAllowedFrom(networks: readonly string[] | null, address: string): void {
  if (networks === null || new Networks(networks).has(address)) return;
  throw new DomainError(
    'FORBIDDEN',
    `This key does not work from ${address || 'where you are'}: it is for certain networks only. Call from one of them, or ask for another key.`,
  );
}
