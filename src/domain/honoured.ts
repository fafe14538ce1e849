import { createHash } from 'node:crypto';

/**
 * Secrets of one kind, the newest first: that one makes new things, all of them are accepted. Whoever holds the list holds it for as long as
 * the process runs, and reads it anew each time: a rotation changes what is in it.
 */
export type Honoured = readonly [newest: string, ...older: string[]];

/** Lets whoever holds `list` see `next` from now on. @returns whether it was another. */
export function replaceHonoured(list: Honoured, next: Honoured): boolean {
  if (list.length === next.length && list.every((secret, index) => secret === next[index])) return false;
  (list as unknown as string[]).splice(0, list.length, ...next);
  return true;
}

/** What a secret is called where it may not be shown: 8 hex digits. */
export function secretId(secret: string): string {
  return createHash('sha256').update(`likeness secret ${secret}`).digest('hex').slice(0, 8);
}
