const collator = new Intl.Collator('en', { numeric: true });

/** Orders versions of one pack, the newest first: `10` before `9`. */
export const newestFirst = (a: string, b: string): number => collator.compare(b, a);

/** Whether version `a` of a pack came after its version `b`. */
export const isNewer = (a: string, b: string): boolean => newestFirst(a, b) < 0;
