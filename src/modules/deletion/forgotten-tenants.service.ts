import type { Sweeps } from '../../database/system';
import { deletionKind } from './deletion.kind';
import type { DeletionStore } from './deletion.store';

export interface ForgottenTenantsDependencies {
  readonly sweeps: Pick<Sweeps, 'listForgottenTenants'>;
  readonly deletions: Pick<DeletionStore, 'requestTenantDeletion'>;
}

const TENANTS_PER_SWEEP = 100;

/** Deletions of tenants that had been begun and never asked for: a part of the sweep. */
export class ForgottenTenants {
  constructor(private readonly deps: ForgottenTenantsDependencies) {}

  /** Writes the jobs that remove them. @returns how many tenants. @throws what the database throws. */
  async resume(): Promise<number> {
    const forgotten = await this.deps.sweeps.listForgottenTenants(deletionKind.name, TENANTS_PER_SWEEP);
    for (const scope of forgotten) await this.deps.deletions.requestTenantDeletion(scope);
    return forgotten.length;
  }
}
