import { addUsage, dayOf, NO_USAGE, type UsageAmounts } from '../../domain/usage';
import type { Clock } from '../../ports/clock';
import type { UsageRow } from '../../records/usage';

/** What a process that is killed loses is what it counted since the last time. */
const FLUSH_MS = 1_000;

/** Whose use it is. */
export interface UsageHolder {
  readonly tenantId: string;
  readonly apiKeyId: string | null;
}

export interface UsageRecorderDependencies {
  readonly counts: { add(rows: readonly UsageRow[]): Promise<void> };
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Counts what tenants use, and writes it down about every second: a row a key and day, however much there is. */
export class UsageRecorder {
  private waiting = new Map<string, UsageRow>();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();

  constructor(private readonly deps: UsageRecorderDependencies) {}

  /** Counts so much of the holder's. */
  add({ tenantId, apiKeyId }: UsageHolder, amounts: Partial<UsageAmounts>): void {
    const day = dayOf(this.deps.clock.now());
    this.keep({ tenantId, apiKeyId, day, ...addUsage(NO_USAGE, amounts) });
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Writes what there is; what cannot be written now is written with what comes next. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing = this.flushing.then(() => this.write());
    return this.flushing;
  }

  private async write(): Promise<void> {
    if (this.waiting.size === 0) return;
    const rows = [...this.waiting.values()];
    this.waiting = new Map();
    try {
      await this.deps.counts.add(rows);
    } catch (error) {
      for (const row of rows) this.keep(row);
      this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
      this.deps.onError(error);
    }
  }

  private keep(row: UsageRow): void {
    const id = `${row.tenantId}/${row.apiKeyId}/${row.day}`;
    const known = this.waiting.get(id);
    this.waiting.set(id, known ? { ...known, ...addUsage(known, row) } : row);
  }
}
