export interface RateLimits {
  /** How many are let through a second in the long run. */
  readonly perSecond: number;
  /** How many may come at one moment. */
  readonly burst: number;
}

/** A token bucket. */
export class MessageRate {
  private tokens: number;
  private filledAt = performance.now();

  constructor(private readonly limits: RateLimits) {
    this.tokens = limits.burst;
  }

  /** Whether one more is within the limits; it counts then. */
  take(): boolean {
    const { perSecond, burst } = this.limits;
    const now = performance.now();
    this.tokens = Math.min(burst, this.tokens + ((now - this.filledAt) / 1_000) * perSecond);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
