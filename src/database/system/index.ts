import { DEFAULT_LIMITS, type TenantLimits } from '../../domain/tenant';
import type { Database } from '../database';
import { AuditSequence } from './audit';
import { Backlog, type KindBacklog } from './backlog';
import { Collections } from './collections';
import { Credentials } from './credentials';
import { Deployment } from './deployment';
import { Dispatch } from './dispatch';
import { Erasures } from './erasures';
import { Logins } from './logins';
import { Outbox } from './outbox';
import { Packs } from './packs';
import { Pruning } from './pruning';
import { RateBuckets } from './rate-buckets';
import { Reconciling } from './reconciling';
import { Sweeps } from './sweeps';
import { Tenants } from './tenants';
import { UsageCounts } from './usage';
import { Watermarks } from './watermarks';

export type {
  AuditSequence,
  Backlog,
  KindBacklog,
  Collections,
  Credentials,
  Deployment,
  Dispatch,
  Erasures,
  Logins,
  Outbox,
  Packs,
  Pruning,
  RateBuckets,
  Reconciling,
  Sweeps,
  Tenants,
  UsageCounts,
  Watermarks,
};
export type { PlacedCollection } from './collections';
export type { ReconcilingPlace } from './reconciling';
export type { Lane } from './outbox';
export type { UnneededUpload } from './sweeps';

export type System = ReturnType<typeof createSystem>;

/**
 * Everything that is done past the walls between tenants, by the role `likeness_system`: the whole list. A TenantScope is
 * made here, by authentication, from signed addresses, for the operator that names a tenant to manage its keys
 * (`graphql/managed-tenant`) and by the dispatcher, and nowhere else.
 *
 * @param defaultLimits of tenants of which nothing else is said.
 */
export function createSystem(database: Database, defaultLimits: TenantLimits = DEFAULT_LIMITS) {
  return {
    audit: new AuditSequence(database),
    backlog: new Backlog(database),
    collections: new Collections(database),
    credentials: new Credentials(database, defaultLimits),
    deployment: new Deployment(database),
    dispatch: new Dispatch(database),
    erasures: new Erasures(database),
    logins: new Logins(database),
    outbox: new Outbox(database),
    packs: new Packs(database),
    pruning: new Pruning(database),
    rateBuckets: new RateBuckets(database),
    reconciling: new Reconciling(database),
    sweeps: new Sweeps(database),
    tenants: new Tenants(database, defaultLimits),
    usage: new UsageCounts(database),
    watermarks: new Watermarks(database),
  };
}
