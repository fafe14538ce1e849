import type { Credentials } from '../database/system';
import { DomainError } from '../domain/errors';
import type { Clock } from '../ports/clock';
import type { AddressHolder } from '../records/api-key';
import { assertAllowedFrom } from './allowed-networks';

/** An address is refused at the latest this long after its key was; the promise is one second. */
const CACHE_MS = 500;
const MAX_CACHED = 10_000;

interface Known {
  readonly holder: Promise<AddressHolder>;
  readonly untilMs: number;
}

/** Whether the keys that addresses were given to still hold. The images of a page ask once. */
export class AddressHolders {
  private readonly known = new Map<string, Known>();

  /** @param clock one that is never set back, so that an answer cannot become fresh again. */
  constructor(
    private readonly credentials: Pick<Credentials, 'findHolder'>,
    private readonly clock: Clock,
  ) {}

  /**
   * @param apiKeyId of an address whose signature is ours; null for one that names none, as earlier versions gave out.
   * @param address of the client that uses it.
   * @throws DomainError FORBIDDEN when the key was revoked or has expired, does not work from there, or its tenant is not active; what
   * the database throws.
   */
  async assertHolds(apiKeyId: string | null, address: string): Promise<void> {
    if (apiKeyId === null) return;
    const { holds, allowedNetworks } = await this.holderOf(apiKeyId);
    if (holds) return assertAllowedFrom(allowedNetworks, address);
    throw new DomainError(
      'FORBIDDEN',
      'The key that this address was given to is no longer in use. Ask the API again with another one.',
    );
  }

  /** A key was revoked in this process: its addresses are refused from now on. */
  forget(apiKeyId: string): void {
    this.known.delete(apiKeyId);
  }

  private holderOf(apiKeyId: string): Promise<AddressHolder> {
    const now = this.clock.now();
    const known = this.known.get(apiKeyId);
    if (known && known.untilMs > now.getTime()) return known.holder;
    if (this.known.size >= MAX_CACHED) this.known.clear();
    const holder = this.credentials.findHolder(apiKeyId, now);
    const looked = { holder, untilMs: now.getTime() + CACHE_MS };
    this.known.set(apiKeyId, looked);
    holder.catch(() => {
      if (this.known.get(apiKeyId) === looked) this.known.delete(apiKeyId);
    });
    return holder;
  }
}
