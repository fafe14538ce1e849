import { finished } from 'node:stream';
import type { Response } from 'express';
import { DomainError } from '../domain/errors';
import { LoopSlice } from '../domain/loop-slice';
import { SharedGate, WeightedGate } from '../domain/weighted-gate';
import { ClientGoneError } from './request-body';

/** Requests with long lists that are worked on at one time; of one party half. */
const LISTS_AT_ONCE = 2;
/** Who waits longer is told to come again. */
const MAX_WAIT_MS = 20_000;
const RETRY_AFTER_MS = 1_000;

/**
 * What takes the thread for long, one after the other: parsing of large bodies, between which others get the thread, and
 * requests with long lists, each from its parsing to its answer. Parties take turns.
 */
export class BodyTurns {
  private readonly parsing = new WeightedGate(1);
  private readonly lists = new SharedGate(LISTS_AT_ONCE);

  /** Runs what parses a large body, and gives the thread to others before the next one. */
  parse<T>(party: string, parse: () => T): Promise<T> {
    const work = async (): Promise<T> => {
      const slice = new LoopSlice();
      const parsed = parse();
      await slice.rest();
      return parsed;
    };
    return this.parsing.run(1, work, party);
  }

  /**
   * Waits until the request may be worked on; its place is given back when its answer has gone out.
   * @throws DomainError RATE_LIMITED after 20 s; ClientGoneError.
   */
  takeListPlace(party: string, response: Response): Promise<void> {
    const patience = AbortSignal.timeout(MAX_WAIT_MS);
    return new Promise((resolve, reject) => {
      const work = (): Promise<void> => {
        if (response.closed || response.destroyed) return Promise.reject(new ClientGoneError());
        resolve();
        return new Promise((answered) => finished(response, () => answered()));
      };
      this.lists.run(party, 1, work, patience).catch((error: unknown) => {
        reject(error === patience.reason ? tooMany() : error);
      });
    });
  }
}

function tooMany(): DomainError {
  return new DomainError('RATE_LIMITED', 'Too many long lists are worked on. Send this one again in a moment.', {
    details: { retryAfterMs: RETRY_AFTER_MS },
  });
}
