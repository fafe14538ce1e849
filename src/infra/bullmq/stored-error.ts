import { UnrecoverableError } from 'bullmq';

const MAX_CHARACTERS = 1_000;

/** Without NUL and lone surrogates: PostgreSQL's jsonb refuses them, and the job would run again for its error's text. */
function cleanText(text: string): string {
  let clean = '';
  for (const character of text.slice(0, MAX_CHARACTERS)) {
    const code = character.codePointAt(0)!;
    clean += code === 0 || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : character;
  }
  return clean;
}

/** What BullMQ may keep of a failed delivery: the message alone. The whole error goes to the log. */
export function toStoredError(error: unknown, permanent: boolean): Error {
  const message = cleanText(error instanceof Error ? error.message : String(error));
  const stored = permanent ? new UnrecoverableError(message) : new Error(message);
  stored.stack = '';
  return stored;
}
