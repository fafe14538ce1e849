/** Promises that were broken. */
export class Findings {
  readonly all: string[] = [];
  /** What goes on, so that a finding says when it was made. */
  during = 'the start';

  add(what: string): void {
    const text = `${this.during}: ${what}`;
    this.all.push(text);
    console.error(`BROKEN  ${text}`);
  }
}
