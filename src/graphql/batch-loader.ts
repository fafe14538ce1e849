interface Waiting<V> {
  readonly resolve: (value: V) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Gathers the keys asked for in one turn of execution into one call. Keeps nothing afterwards, so a value is never older
 * than the turn that asked for it (a subscription's context lives for hours).
 */
export class BatchLoader<V> {
  private waiting = new Map<string, Waiting<V>[]>();

  /** @param load answers in the order of the keys, one value each. */
  constructor(private readonly load: (keys: readonly string[]) => Promise<readonly V[]>) {}

  get(key: string): Promise<V> {
    return new Promise((resolve, reject) => {
      if (this.waiting.size === 0) setImmediate(() => void this.flush());
      const others = this.waiting.get(key);
      if (others) others.push({ resolve, reject });
      else this.waiting.set(key, [{ resolve, reject }]);
    });
  }

  private async flush(): Promise<void> {
    const batch = this.waiting;
    this.waiting = new Map();
    const keys = [...batch.keys()];
    try {
      const values = await this.load(keys);
      if (values.length !== keys.length) throw new Error('A batch answered with another number of values than keys');
      keys.forEach((key, index) => batch.get(key)?.forEach((one) => one.resolve(values[index]!)));
    } catch (error) {
      batch.forEach((ones) => ones.forEach((one) => one.reject(error)));
    }
  }
}

/** The loaders of one request, made when first asked for. */
export class LoaderRegistry {
  private readonly loaders = new Map<string, BatchLoader<unknown>>();

  /** The loader called `name`; `load` is used for the first caller only, so it must not close over arguments. */
  get<V>(name: string, load: (keys: readonly string[]) => Promise<readonly V[]>): BatchLoader<V> {
    const made = this.loaders.get(name) ?? new BatchLoader<V>(load);
    this.loaders.set(name, made as BatchLoader<unknown>);
    return made as BatchLoader<V>;
  }
}
