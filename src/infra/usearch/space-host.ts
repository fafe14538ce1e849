import { SnapshotStore } from './snapshot-store';
import type { SpaceIndex } from './space-index';
import type {
  PackedHashes,
  PackedHits,
  PackedKeys,
  PackedOps,
  PackedVectors,
  SpaceIdentity,
  ThreadSettings,
  ThreadStats,
} from './thread-protocol';

/** Moving vectors goes on in slices of this length, so that a search waits for one slice at most. */
const SLICE_MS = 2;

/** The caller has to open the space, and to replay what `open` tells it is missing. */
export class SpaceNotOpenError extends Error {
  constructor() {
    super('This index is not open in the index thread; open it and apply what is missing');
  }
}

interface OpenSpace {
  readonly index: SpaceIndex;
  readonly store: SnapshotStore;
  unsavedOps: number;
  /** When the snapshot has to be written, quiet or not; set by the first change since the last one. */
  dueAt: number | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Callers of `apply` who wait for the exact part to shrink. */
  readonly waiting: (() => void)[];
}

/** All spaces of the thread, and when they are tidied up and written to disk. */
export class SpaceHost {
  private readonly spaces = new Map<string, OpenSpace>();
  private readonly opening = new Map<string, Promise<OpenSpace>>();
  private maintaining = false;
  private closed = false;

  constructor(
    private readonly settings: ThreadSettings,
    private readonly warn: (message: string) => void,
  ) {}

  async open(identity: SpaceIdentity): Promise<bigint> {
    const open = this.spaces.get(identity.base) ?? (await this.openNow(identity));
    return open.index.watermark;
  }

  async apply(base: string, ops: PackedOps, watermark: bigint): Promise<void> {
    const space = this.get(base);
    const before = space.index.watermark;
    const applied = space.index.apply(ops, watermark);
    if (space.index.watermark === before) return;
    await this.changed(space, applied);
  }

  async load(base: string, vectors: PackedVectors): Promise<void> {
    const space = this.get(base);
    space.index.load(vectors);
    await this.changed(space, vectors.keys.length);
  }

  async remove(base: string, keys: Float64Array): Promise<void> {
    const space = this.get(base);
    space.index.removeKeys(keys);
    await this.changed(space, keys.length);
  }

  listKeys(base: string, from: number, limit: number): PackedKeys {
    return this.get(base).index.listKeys(from, limit);
  }

  read(base: string, keys: Float64Array): PackedHashes {
    return this.get(base).index.read(keys);
  }

  /** Of the snapshot in place, whether the space is open or not. */
  durableSeq(identity: SpaceIdentity): Promise<bigint> {
    const store = this.spaces.get(identity.base)?.store ?? new SnapshotStore(identity, this.settings);
    return store.durableSeq();
  }

  search(base: string, probes: Float32Array, k: number): PackedHits {
    return this.get(base).index.search(probes, k);
  }

  stats(base: string): ThreadStats {
    return this.get(base).index.stats();
  }

  async reset(identity: SpaceIdentity): Promise<void> {
    await this.opening.get(identity.base)?.catch(() => undefined);
    const open = this.spaces.get(identity.base);
    if (open) this.letGo(open);
    const store = open?.store ?? new SnapshotStore(identity, this.settings);
    this.spaces.set(identity.base, {
      index: store.empty(),
      store,
      unsavedOps: 0,
      dueAt: undefined,
      timer: undefined,
      waiting: [],
    });
    await store.discard();
  }

  async drop(identity: SpaceIdentity): Promise<void> {
    await this.opening.get(identity.base)?.catch(() => undefined);
    const space = this.spaces.get(identity.base);
    if (space) this.letGo(space);
    this.spaces.delete(identity.base);
    await (space?.store ?? new SnapshotStore(identity, this.settings)).discard();
  }

  /** Writes every space that has something new. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.opening.values());
    for (const space of this.spaces.values()) {
      clearTimeout(space.timer);
      for (const resolve of space.waiting.splice(0)) resolve();
      await space.store.settled();
      await this.snapshot(space);
    }
    this.spaces.clear();
  }

  /** Resolves when there is room for more. */
  private async changed(space: OpenSpace, count: number): Promise<void> {
    space.unsavedOps += count;
    this.scheduleMaintenance();
    this.scheduleSnapshot(space);
    if (space.index.overfull) await new Promise<void>((resolve) => space.waiting.push(resolve));
  }

  private openNow(identity: SpaceIdentity): Promise<OpenSpace> {
    const under = this.opening.get(identity.base);
    if (under) return under;
    const store = new SnapshotStore(identity, this.settings);
    const loading = store
      .load(this.warn)
      .then((index) => {
        const space: OpenSpace = { index, store, unsavedOps: 0, dueAt: undefined, timer: undefined, waiting: [] };
        this.spaces.set(identity.base, space);
        this.scheduleMaintenance();
        return space;
      })
      .finally(() => this.opening.delete(identity.base));
    this.opening.set(identity.base, loading);
    return loading;
  }

  private get(base: string): OpenSpace {
    const space = this.spaces.get(base);
    if (!space) throw new SpaceNotOpenError();
    return space;
  }

  private letGo(space: OpenSpace): void {
    clearTimeout(space.timer);
    for (const resolve of space.waiting.splice(0)) resolve();
    space.index.dispose();
  }

  private scheduleMaintenance(): void {
    if (this.maintaining) return;
    this.maintaining = true;
    setImmediate(() => this.maintain());
  }

  /** One slice for each space that needs it; then whatever else has come in; then the next. */
  private maintain(): void {
    this.maintaining = false;
    if (this.closed) return;
    for (const space of this.spaces.values()) {
      if (!space.index.needsMaintenance()) continue;
      try {
        space.index.maintain(SLICE_MS);
        this.scheduleMaintenance();
      } catch (error) {
        // The space answers as before, only slower; the next op tries again.
        this.warn(`A vector index could not be tidied up: ${messageOf(error)}`);
        for (const resolve of space.waiting.splice(0)) resolve();
      }
      if (!space.index.needsMaintenance()) this.scheduleSnapshot(space);
      if (!space.index.overfull) for (const resolve of space.waiting.splice(0)) resolve();
    }
  }

  /** Soon when much has changed, else when the space has been quiet for a while, but never much later than the change. */
  private scheduleSnapshot(space: OpenSpace): void {
    clearTimeout(space.timer);
    const { snapshotAfterOps, snapshotAfterMs, snapshotWithinMs } = this.settings;
    space.dueAt ??= performance.now() + snapshotWithinMs;
    const left = Math.max(0, space.dueAt - performance.now());
    const delayMs = space.unsavedOps >= snapshotAfterOps ? 0 : Math.min(snapshotAfterMs, left);
    space.timer = setTimeout(() => void this.snapshot(space), delayMs);
  }

  private async snapshot(space: OpenSpace): Promise<void> {
    const { unsavedOps } = space;
    space.unsavedOps = 0;
    space.dueAt = undefined;
    space.timer = undefined;
    try {
      if (space.index.changed) await space.store.save(space.index);
    } catch (error) {
      space.unsavedOps += unsavedOps;
      const reason = messageOf(error);
      this.warn(`A vector index could not be written, so the ops since the last time are replayed at start: ${reason}`);
      // Without another op nothing else would take a deleted vector out of the snapshot before.
      if (this.closed || this.spaces.get(space.index.identity.base) !== space) return;
      space.timer ??= setTimeout(() => void this.snapshot(space), this.settings.snapshotWithinMs);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
