import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Logger } from 'pino';
import type { Backlog, KindBacklog, Pruning, Reconciling } from '../database/system';
import type { Rates } from '../modules/rates/rates.service';
import type { SearchBudgets } from '../modules/recognition/search-budgets';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import { ROOM_LEVELS } from '../domain/storage-room';
import type { DiskRoom } from '../infra/storage/disk-room';
import { droppedLogLines } from './log-output';

export interface MeasuredParts {
  readonly backlog: Backlog;
  readonly pruning: Pick<Pruning, 'state'>;
  readonly reconciling: Pick<Reconciling, 'state'>;
  readonly room: DiskRoom;
  readonly analyzer: Pick<ThreadedFaceAnalyzer, 'load' | 'pixelsInFlight'>;
  readonly logger: Logger;
}

export interface MeasuredRefusals {
  readonly budgets: Pick<SearchBudgets, 'refusals'>;
  readonly rates: Pick<Rates, 'refusals'>;
}

/** Scrapers that come more often than this share an answer of the database. */
const BACKLOG_TTL_MS = 5_000;

/**
 * What is measured of every process, when it is asked for. Names of metrics are promised in docs/operations.md: add, do not
 * rename.
 */
export function createMetrics({ backlog, pruning, reconciling, room, analyzer, logger }: MeasuredParts): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  new Gauge({
    name: 'likeness_log_lines_dropped',
    help: 'Log lines that the output did not take, since the start.',
    registers,
    collect() {
      this.set(droppedLogLines());
    },
  });
  const disk = (
    name: string,
    help: string,
    valueOf: (state: ReturnType<DiskRoom['states']>[number]) => number,
  ): void => {
    new Gauge({
      name,
      help,
      labelNames: ['disk'],
      registers,
      collect() {
        for (const state of room.states()) this.set({ disk: state.place }, valueOf(state));
      },
    });
  };
  disk('likeness_disk_free_bytes', 'Free space of a disk that this process writes to.', ({ freeBytes }) => freeBytes);
  disk('likeness_disk_size_bytes', 'Size of a disk that this process writes to.', ({ totalBytes }) => totalBytes);
  disk('likeness_disk_level', '0: room; 1: no new images are taken; 2: nothing that writes is begun.', ({ level }) =>
    ROOM_LEVELS.indexOf(level),
  );

  const analyses = (name: string, help: string, which: 'waiting' | 'running'): void => {
    new Gauge({
      name,
      help,
      labelNames: ['class'],
      registers,
      collect() {
        for (const [priority, load] of Object.entries(analyzer.load())) {
          this.set({ class: priority.toLowerCase() }, load[which]);
        }
      },
    });
  };
  analyses('likeness_analyses_waiting', 'Images that wait for an inference thread of this process.', 'waiting');
  analyses(
    'likeness_analyses_running',
    'Images that inference threads of this process have in their hands.',
    'running',
  );

  new Gauge({
    name: 'likeness_analysis_pixels_in_flight',
    help: 'Pixels of images above 4 megapixels that inference threads of this process have in their hands.',
    registers,
    collect() {
      this.set(analyzer.pixelsInFlight);
    },
  });

  const waiting = cached(() => backlog.read(), BACKLOG_TTL_MS);
  const open = (name: string, help: string, valueOf: (row: KindBacklog) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['kind', 'state'],
      registers,
      async collect() {
        // A database that is away must not hide everything else.
        const rows = await waiting().catch((err: unknown) => logger.debug({ err }, 'the backlog was not read'));
        this.reset();
        for (const row of rows ?? []) this.set({ kind: row.kind, state: row.state }, valueOf(row));
      },
    });
  };
  open('likeness_jobs_open', 'Jobs that have not finished, over all tenants.', ({ jobs }) => jobs);
  open('likeness_job_items_open', 'Items of these jobs without an outcome.', ({ items }) => items);
  open(
    'likeness_jobs_oldest_seconds',
    'Since the oldest of these jobs was accepted.',
    ({ oldestSeconds }) => oldestSeconds,
  );
  measurePruning(
    registers,
    cached(() => pruning.state(), BACKLOG_TTL_MS),
    logger,
  );
  measureReconciling(
    registers,
    cached(() => reconciling.state(), BACKLOG_TTL_MS),
    logger,
  );
  return registry;
}

/** Adds what an API refuses. */
export function measureRefusals(registry: Registry, { budgets, rates }: MeasuredRefusals): void {
  const registers = [registry];
  new Gauge({
    name: 'likeness_search_budget_refusals',
    help: 'Searches that were refused because a budget of their key was used up, since the start.',
    labelNames: ['budget'],
    registers,
    collect() {
      for (const [budget, count] of Object.entries(budgets.refusals())) this.set({ budget }, count);
    },
  });

  new Gauge({
    name: 'likeness_rate_refusals',
    help: 'Requests that were refused because a rate was used up, since the start, by what it counts and whose it is.',
    labelNames: ['rate', 'of'],
    registers,
    collect() {
      for (const { rate, of, count } of rates.refusals()) this.set({ rate, of }, count);
    },
  });
}

function measurePruning(
  registers: Registry[],
  read: () => Promise<Awaited<ReturnType<Pruning['state']>>>,
  logger: Logger,
): void {
  const state = () => read().catch((err: unknown) => logger.debug({ err }, 'the state of pruning was not read'));
  new Gauge({
    name: 'likeness_pruned_rows',
    help: 'Rows that were removed because their time was over, since the first start, over all processes.',
    labelNames: ['what'],
    registers,
    async collect() {
      this.reset();
      for (const { what, total } of (await state())?.removed ?? []) this.set({ what }, total);
    },
  });
  new Gauge({
    name: 'likeness_pruning_round_age_seconds',
    help: 'Since the last round of pruning over all tenants ended.',
    registers,
    async collect() {
      this.reset();
      const seconds = (await state())?.secondsSinceRound;
      if (seconds !== null && seconds !== undefined) this.set(seconds);
    },
  });
}

function measureReconciling(
  registers: Registry[],
  read: () => Promise<Awaited<ReturnType<Reconciling['state']>>>,
  logger: Logger,
): void {
  const state = () => read().catch((err: unknown) => logger.debug({ err }, 'the state of reconciling was not read'));
  new Gauge({
    name: 'likeness_index_reconciled_vectors',
    help: 'Vectors that were held against the index, and those that differed, since the first start, over all processes.',
    labelNames: ['pack', 'what'],
    registers,
    async collect() {
      this.reset();
      for (const { pack, what, total } of (await state())?.found ?? []) this.set({ pack, what }, total);
    },
  });
  new Gauge({
    name: 'likeness_index_reconciled_age_seconds',
    help: 'Since the last round that held the index against the vectors of all collections ended.',
    registers,
    async collect() {
      this.reset();
      const seconds = (await state())?.secondsSinceRound;
      if (seconds !== null && seconds !== undefined) this.set(seconds);
    },
  });
}

function cached<T>(read: () => Promise<T>, ttlMs: number): () => Promise<T> {
  let last: { readonly at: number; readonly value: Promise<T> } | undefined;
  return () => {
    const now = performance.now();
    if (!last || now - last.at > ttlMs) {
      const value = read();
      last = { at: now, value };
      // A failure is tried again by the next who asks.
      value.catch(() => (last = undefined));
    }
    return last.value;
  };
}
