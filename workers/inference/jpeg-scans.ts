const COEFFICIENTS = 64;
/** Low bits of a frame's marker: lossless, hierarchical and arithmetic frames have further numbers. */
const PROGRESSIVE: readonly number[] = [2, 6, 10, 14];
const FIRST_ARITHMETIC = 9;
/** A coefficient of which no scan has told anything. */
const NOTHING = 255;

/** Keeps account of which bits of which coefficients the scans of a JPEG have brought. */
export class ScanCoverage {
  /** For each component, by id, how many low bits of each coefficient are still to come. */
  #missing = new Map<number, Uint8Array>();
  #frame = 0;

  /** @param marker of the frame, C0 to CF. @param body of its segment. */
  begin(marker: number, body: Buffer): void {
    this.#frame = marker & 0x0f;
    this.#missing = new Map();
    for (let i = 0; i < body[5]!; i++) {
      this.#missing.set(body[6 + 3 * i]!, new Uint8Array(COEFFICIENTS).fill(NOTHING));
    }
  }

  /** @param body of a scan's segment: its components, which coefficients, and down to which bit. */
  add(body: Buffer): void {
    const count = body[0]!;
    const [first, last, bits] = body.subarray(1 + 2 * count);
    for (let i = 0; i < count; i++) {
      const missing = this.#missing.get(body[1 + 2 * i]!);
      if (this.isSequential) missing?.fill(0);
      else missing?.fill(bits! & 0x0f, first!, last! + 1);
    }
  }

  get isSequential(): boolean {
    return !PROGRESSIVE.includes(this.#frame);
  }

  get isArithmetic(): boolean {
    return this.#frame >= FIRST_ARITHMETIC;
  }

  /** Whether every bit of every coefficient has been announced. */
  get isComplete(): boolean {
    return this.#missing.size > 0 && [...this.#missing.values()].every((bits) => bits.every((left) => left === 0));
  }
}
