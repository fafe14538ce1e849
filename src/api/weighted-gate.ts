/** Lets work in, in the order of arrival, as long as the weights inside stay within a capacity. Bounds memory. */
export class WeightedGate {
  private inside = 0;
  private readonly waiting: { readonly weight: number; readonly enter: () => void }[] = [];

  constructor(private readonly capacity: number) {}

  /** @param weight of what `work` holds; more than the capacity counts as all of it. */
  async run<T>(weight: number, work: () => Promise<T>): Promise<T> {
    const counted = Math.min(weight, this.capacity);
    await this.enter(counted);
    try {
      return await work();
    } finally {
      this.inside -= counted;
      this.admit();
    }
  }

  private enter(weight: number): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ weight, enter: resolve });
      this.admit();
    });
  }

  private admit(): void {
    for (let next = this.waiting[0]; next && this.inside + next.weight <= this.capacity; next = this.waiting[0]) {
      this.waiting.shift();
      this.inside += next.weight;
      next.enter();
    }
  }
}
