/** How long a computation holds the thread before others have their turn, in milliseconds. */
const SLICE_MS = 15;

/** What is called between two steps, and gives others the thread when it was held for long. */
export function createPauses(): () => Promise<void> | undefined {
  let begun = performance.now();
  const pause = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    begun = performance.now();
  };
  return () => (performance.now() - begun < SLICE_MS ? undefined : pause());
}
