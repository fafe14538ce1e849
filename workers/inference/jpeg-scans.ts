const COEFFICIENTS = 64;
/** Low bits of a frame's marker: lossless, hierarchical and arithmetic frames have further numbers. */
const PROGRESSIVE: readonly number[] = [2, 6, 10, 14];
const FIRST_ARITHMETIC = 9;
/** Grey, YCbCr, RGB, CMYK: no decoder here takes more components. */
const MAX_COMPONENTS = 4;
/** A coefficient of which no scan has told anything. */
const NOTHING = 255;

/** Keeps account of which bits of which coefficients the scans of a JPEG have brought. */
export class ScanCoverage {
  /** For each component, by id, how many low bits of each coefficient are still to come. */
  readonly #missing = new Map<number, Uint8Array>();
  #frame = 0;

  /**
   * @param marker of the frame, C0 to CF. @param body of its segment.
   * @returns whether it is the frame of an image: the file's only one, with components that an image has.
   */
  begin(marker: number, body: Buffer): boolean {
    const count = body[5] ?? 0;
    if (this.#missing.size > 0 || count < 1 || count > MAX_COMPONENTS || body.length < 6 + 3 * count) return false;
    this.#frame = marker & 0x0f;
    for (let i = 0; i < count; i++) {
      this.#missing.set(body[6 + 3 * i]!, new Uint8Array(COEFFICIENTS).fill(NOTHING));
    }
    return true;
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
