import { badInput, notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import { DAY } from '../../domain/units';
import type { UsageDayRecord } from '../../records/usage';
import type { UsageDaysStore } from './usage-days.store';

/** Days of one answer. */
const MAX_DAYS = 400;

export interface UsageCommand {
  /** The day that it is in is the first. */
  readonly from: Date;
  /** The day that it is in is not among them. */
  readonly to: Date;
  /** @default of all keys together */
  readonly apiKeyId?: string | null;
}

/** What a tenant used. */
export class UsageService {
  constructor(private readonly days: UsageDaysStore) {}

  /**
   * Days with use, the oldest first.
   * @throws DomainError BAD_USER_INPUT, NOT_FOUND (no key can have this id).
   */
  list(scope: TenantScope, { from, to, apiKeyId = null }: UsageCommand): Promise<UsageDayRecord[]> {
    if (to <= from) throw badInput({ path: 'to', rule: 'must be after from' });
    if (to.getTime() - from.getTime() > MAX_DAYS * DAY) {
      throw badInput({ path: 'to', rule: `must be at most ${MAX_DAYS} days after from` });
    }
    if (apiKeyId !== null && !isId(apiKeyId)) throw notFound('API key');
    return this.days.list(scope, from, to, apiKeyId);
  }
}
