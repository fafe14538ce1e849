import { WeightedGate } from './weighted-gate';

/** The event loop is given back after so long. */
const SLICE_MS = 8;
/** However much is worked on at once, one slice of it runs between two turns of the loop. */
const slices = new WeightedGate(1);
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Keeps long work that waits for nothing from holding the event loop: it runs in slices, of all such work one a turn. */
export class LoopSlice {
  private startedAt = performance.now();

  /** Whether others should have the loop now. */
  get isOver(): boolean {
    return performance.now() - this.startedAt >= SLICE_MS;
  }

  /** Lets others have the loop, if the slice is over, and begins the next one. */
  async pause(): Promise<void> {
    if (!this.isOver) return;
    await slices.run(1, nextTurn);
    this.startedAt = performance.now();
  }
}
