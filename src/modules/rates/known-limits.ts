import { DEFAULT_LIMITS, type TenantLimits } from '../../domain/tenant';

/** Changed limits hold after this. */
const CACHE_MS = 1_000;
const MAX_CACHED = 10_000;

interface Known {
  readonly limits: Promise<TenantLimits>;
  readonly untilMs: number;
}

/** Limits of tenants where no key was looked up: at signed addresses, and in jobs. */
export class KnownLimits {
  private readonly known = new Map<string, Known>();

  /** @param nowMs a clock that is never set back. */
  constructor(
    private readonly tenants: { limitsOf(tenantId: string): Promise<TenantLimits | null> },
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** @throws what the database throws. */
  of(tenantId: string): Promise<TenantLimits> {
    const nowMs = this.nowMs();
    const known = this.known.get(tenantId);
    if (known && known.untilMs > nowMs) return known.limits;
    if (this.known.size >= MAX_CACHED) this.known.clear();
    const limits = this.tenants.limitsOf(tenantId).then((found) => found ?? DEFAULT_LIMITS);
    const looked = { limits, untilMs: nowMs + CACHE_MS };
    this.known.set(tenantId, looked);
    limits.catch(() => {
      if (this.known.get(tenantId) === looked) this.known.delete(tenantId);
    });
    return limits;
  }
}
