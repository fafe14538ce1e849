/** What moves a cursor, colours, clears, ends a line or turns the direction of text: C0, DEL, C1, separators, overrides. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text from elsewhere (a file's name, a message) as one line for a terminal: it can neither steer the terminal nor begin a
 * line of its own. A control character is shown as JSON writes it, an escape as `\u001b`.
 */
export function printable(text: string): string {
  return text.replace(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for text that has lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
