/** Resident memory over a run. */
export class MemoryTrend {
  readonly #samples: { readonly done: number; readonly kb: number }[] = [];

  /** @param done images finished so far. */
  sample(done: number, mb = process.memoryUsage.rss() / 1024 ** 2): void {
    this.#samples.push({ done, kb: mb * 1024 });
  }

  get peakMb(): number {
    return Math.max(0, ...this.#samples.map(({ kb }) => kb)) / 1024;
  }

  /** Least-squares growth in KB an image over the second half of the run, when caches and arenas are full. */
  get slopeKb(): number {
    const half = this.#samples.slice(Math.floor(this.#samples.length / 2));
    if (half.length < 2) return 0;
    const meanDone = half.reduce((sum, { done }) => sum + done, 0) / half.length;
    const meanKb = half.reduce((sum, { kb }) => sum + kb, 0) / half.length;
    const covariance = half.reduce((sum, { done, kb }) => sum + (done - meanDone) * (kb - meanKb), 0);
    const variance = half.reduce((sum, { done }) => sum + (done - meanDone) ** 2, 0);
    return variance === 0 ? 0 : covariance / variance;
  }
}
