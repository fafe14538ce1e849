import type { Credentials } from '../database/system';
import { DomainError } from '../domain/errors';
import type { Clock } from '../ports/clock';

/** An address is refused at the latest this long after its key was; the promise is one second. */
const CACHE_MS = 500;
const MAX_CACHED = 10_000;

interface Known {
  readonly lapsed: Promise<boolean>;
  readonly untilMs: number;
}

/** Whether the keys that addresses were given to still hold. The images of a page ask once. */
export class AddressHolders {
  private readonly known = new Map<string, Known>();

  /** @param clock one that is never set back, so that an answer cannot become fresh again. */
  constructor(
    private readonly credentials: Pick<Credentials, 'findLapsed'>,
    private readonly clock: Clock,
  ) {}

  /**
   * @param apiKeyId of an address whose signature is ours; null for one that names none, as earlier versions gave out.
   * @throws DomainError FORBIDDEN when the key was revoked or has expired, or its tenant is not active; what the database
   * throws.
   */
  async assertHolds(apiKeyId: string | null): Promise<void> {
    if (apiKeyId === null || !(await this.lapsed(apiKeyId))) return;
    throw new DomainError(
      'FORBIDDEN',
      'The key that this address was given to is no longer in use. Ask the API again with another one.',
    );
  }

  /** A key was revoked in this process: its addresses are refused from now on. */
  forget(apiKeyId: string): void {
    this.known.delete(apiKeyId);
  }

  private lapsed(apiKeyId: string): Promise<boolean> {
    const now = this.clock.now();
    const known = this.known.get(apiKeyId);
    if (known && known.untilMs > now.getTime()) return known.lapsed;
    if (this.known.size >= MAX_CACHED) this.known.clear();
    const lapsed = this.credentials.findLapsed([apiKeyId], now).then((ids) => ids.length > 0);
    const looked = { lapsed, untilMs: now.getTime() + CACHE_MS };
    this.known.set(apiKeyId, looked);
    lapsed.catch(() => {
      if (this.known.get(apiKeyId) === looked) this.known.delete(apiKeyId);
    });
    return lapsed;
  }
}
