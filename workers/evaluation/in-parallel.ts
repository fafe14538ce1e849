/**
 * Runs `work` over `items`, at most so many at a time. What one throws ends all: those under way finish unheard.
 *
 * @param lanes enough to keep every thread's batches full. @default 64
 */
export async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>, lanes = 64): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
