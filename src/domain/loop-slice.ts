import { setTimeout as delay } from 'node:timers/promises';
import { WeightedGate } from './weighted-gate';

/** The event loop is given back after so long. */
const SLICE_MS = 8;
/** What took much longer, since it cannot be cut, is followed by a rest of the same length, up to this. */
const LONG_MS = 3 * SLICE_MS;
const MOST_REST_MS = 100;
/** However much is worked on at once, one slice of it runs between two turns of the loop. */
const slices = new WeightedGate(1);
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Keeps long work that waits for nothing from holding the event loop: it runs in slices, of all such work one a turn. A
 * request of another caller takes several turns, and gets them while a long slice is rested from.
 */
export class LoopSlice {
  private startedAt = performance.now();

  /** Whether others should have the loop now. */
  get isOver(): boolean {
    return performance.now() - this.startedAt >= SLICE_MS;
  }

  /** Lets others have the loop, if the slice is over, and begins the next one. */
  async pause(): Promise<void> {
    if (this.isOver) await this.rest();
  }

  /** Lets others have the loop for a turn at least, and begins the next slice. */
  async rest(): Promise<void> {
    const tookMs = performance.now() - this.startedAt;
    await slices.run(1, tookMs < LONG_MS ? nextTurn : () => delay(Math.min(tookMs, MOST_REST_MS)));
    this.startedAt = performance.now();
  }
}
