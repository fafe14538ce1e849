const collator = new Intl.Collator('en', { numeric: true });

/** Orders versions of one pack, the newest first: `10` before `9`. */
export const newestFirst = (a: string, b: string): number => collator.compare(b, a);
