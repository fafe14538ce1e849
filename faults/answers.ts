import { LikenessError } from '@likeness/client';
import { setTimeout as wait } from 'node:timers/promises';
import type { Findings } from './findings';

/** What a caller may be told while something is away; both say that trying again may help. */
const HONEST: ReadonlySet<string> = new Set(['DEPENDENCY_UNAVAILABLE', 'TIMEOUT']);
/** The longest that any answer may take: an analysis and an engine have 15 s each. */
const ANSWER_LIMIT_MS = 30_000;
const PAUSE_MS = 250;
const PATIENCE_MS = 180_000;

/** How one request ended. */
export interface Answer {
  readonly what: string;
  /** OK, or the error's code. */
  readonly code: string;
  readonly message: string;
  readonly startedAt: number;
  readonly ms: number;
}

/** Every answer of a run, held against what may be answered at any time. */
export class Answers {
  private readonly all: Answer[] = [];

  constructor(private readonly findings: Findings) {}

  /** Runs a request once. @param limitMs what takes longer is a finding. */
  async ask<T>(
    what: string,
    request: () => Promise<T>,
    limitMs = ANSWER_LIMIT_MS,
  ): Promise<{ readonly result?: T; readonly answer: Answer }> {
    const startedAt = performance.now();
    try {
      const result = await request();
      return { result, answer: this.note({ what, startedAt, code: 'OK', message: '' }, limitMs) };
    } catch (error) {
      const code = error instanceof LikenessError ? error.code : 'NOT_OF_LIKENESS';
      return { answer: this.note({ what, startedAt, code, message: String(error) }, limitMs) };
    }
  }

  /** Asks until it is done, as a caller would who is told to try again. @throws Error after minutes. */
  async insist<T>(what: string, request: () => Promise<T>, limitMs = ANSWER_LIMIT_MS): Promise<T> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const { result, answer } = await this.ask(what, request, limitMs);
      if (answer.code === 'OK') return result as T;
      if (performance.now() > giveUpAt) throw new Error(`${what} was refused for minutes: ${answer.message}`);
      await wait(PAUSE_MS);
    }
  }

  /** Those of requests of that kind that began in this time. */
  between(what: string, from: number, to: number): Answer[] {
    return this.all.filter((one) => one.what === what && one.startedAt >= from && one.startedAt <= to);
  }

  /** How often each code was answered, by what was asked. */
  summary(): Record<string, Record<string, number>> {
    const table: Record<string, Record<string, number>> = {};
    for (const { what, code } of this.all) {
      const row = (table[what] ??= {});
      row[code] = (row[code] ?? 0) + 1;
    }
    return table;
  }

  slowestMs(): number {
    return this.all.reduce((most, { ms }) => Math.max(most, ms), 0);
  }

  private note(begun: Omit<Answer, 'ms'>, limitMs: number): Answer {
    const answer = { ...begun, ms: performance.now() - begun.startedAt };
    const { what, code, message, ms } = answer;
    this.all.push(answer);
    if (code !== 'OK' && !HONEST.has(code)) this.findings.add(`${what} was answered with ${code}: ${message}`);
    if (ms > limitMs) this.findings.add(`${what} was answered after ${Math.round(ms)} ms (${code})`);
    return answer;
  }
}
