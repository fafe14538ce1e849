import type { Tx } from './tx';

/**
 * Does the rest of the transaction, until `leaveGranteeRole`, by the role that sees what galleries publish: those that the transaction's
 * tenant was granted, and nothing of its own.
 * @param grantId the grant that is used; null: none, only the list of them is seen.
 */
export async function takeGranteeRole(tx: Tx, grantId: string | null): Promise<void> {
  await tx.$executeRaw`
    SELECT set_config('app.grant', ${grantId ?? ''}, true), set_config('role', 'likeness_gallery', true)`;
}

/** Goes on as the tenant itself. */
export async function leaveGranteeRole(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT set_config('role', 'none', true), set_config('app.grant', '', true)`;
}
