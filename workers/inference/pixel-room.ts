import type { AnalysisPriority } from '../../src/ports/face-analyzer';

/** Images up to this need no room: what threads hold of them at once is little, and they wait behind no large one. */
export const SMALL_PIXELS = 4_000_000;

/** What is asked for room. */
export interface NeedsRoom {
  readonly priority: AnalysisPriority;
  /** Of the decoded image. */
  readonly pixels: number;
}

const OTHER: Readonly<Record<AnalysisPriority, AnalysisPriority>> = { INTERACTIVE: 'BULK', BULK: 'INTERACTIVE' };

/**
 * Pixels of large images that all threads together may hold, from when a thread is given an image until it has answered.
 * The first of a class that does not fit is the next of its class to get room, so that smaller ones do not take it
 * for ever; of two classes that wait, both get room in turns. An image that is larger than all room goes alone.
 */
export class PixelRoom {
  #held = 0;
  #last: AnalysisPriority = 'BULK';
  readonly #first: Partial<Record<AnalysisPriority, NeedsRoom>> = {};

  /** @param capacity pixels. */
  constructor(private readonly capacity: number) {}

  /** Pixels of large images that threads hold now. */
  get held(): number {
    return this.#held;
  }

  /** Whether a thread may be given the image now; one that may not is remembered as its class's first. */
  admits(image: NeedsRoom): boolean {
    const need = this.#needOf(image);
    if (need === 0) return true;
    const { priority } = image;
    this.#first[priority] ??= image;
    if (this.#first[priority] !== image) return false;
    const isOthersTurn = this.#first[OTHER[priority]] !== undefined && this.#last === priority;
    if (isOthersTurn || this.#held + need > this.capacity) return false;
    delete this.#first[priority];
    return true;
  }

  /** A thread is given the image. */
  take(image: NeedsRoom): void {
    const need = this.#needOf(image);
    if (need === 0) return;
    this.#held += need;
    this.#last = image.priority;
    this.forget(image);
  }

  /** A thread has it no longer. */
  give(image: NeedsRoom): void {
    this.#held -= this.#needOf(image);
  }

  /** It waits no longer. */
  forget(image: NeedsRoom): void {
    if (this.#first[image.priority] === image) delete this.#first[image.priority];
  }

  #needOf({ pixels }: NeedsRoom): number {
    return pixels <= SMALL_PIXELS ? 0 : Math.min(pixels, this.capacity);
  }
}
