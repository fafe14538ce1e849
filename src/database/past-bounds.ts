import type { TenantScope } from '../domain/tenant-scope';
import { boundsText } from './tenant-pool';
import type { Tx } from './tx';

/**
 * Lets one question be answered for the whole tenant in a transaction of a bound key: what a tenant may hold is counted over all
 * of it, and the audit, which a bound key reads none of, is asked what one search was. Of rows that leave `ask` the caller judges
 * whether they lie within the bounds before anything of them is told. Nothing else of the transaction may run meanwhile.
 */
export async function pastBounds<T>(tx: Tx, scope: TenantScope, ask: () => Promise<T>): Promise<T> {
  if (scope.collectionIds === null) return ask();
  await setBounds(tx, null);
  const answer = await ask();
  await setBounds(tx, scope.collectionIds);
  return answer;
}

async function setBounds(tx: Tx, collectionIds: readonly string[] | null): Promise<void> {
  await tx.$executeRaw`SELECT set_config('app.collections', ${boundsText(collectionIds)}, true)`;
}
