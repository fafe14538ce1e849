import { PassThrough } from 'node:stream';
import type { Response } from 'express';
import { BodyTurns } from '../../src/http/body-turns';
import { ClientGoneError } from '../../src/http/request-body';

const response = () => new PassThrough() as PassThrough & Response;
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('BodyTurns', () => {
  it('gives the thread to others between two large bodies', async () => {
    const turns = new BodyTurns();
    const order: string[] = [];
    const parsing = ['first', 'second'].map((name) => turns.parse('a', () => order.push(name)));
    setImmediate(() => order.push('other'));
    await Promise.all(parsing);
    expect(order).toEqual(['first', 'other', 'second']);
  });

  it('goes on after a body that cannot be parsed', async () => {
    const turns = new BodyTurns();
    const fails = turns.parse('a', () => {
      throw new Error('no JSON');
    });
    await expect(fails).rejects.toThrow('no JSON');
    await expect(turns.parse('a', () => 1)).resolves.toBe(1);
  });

  it('works on one long list of a party at a time, until its answer has gone out', async () => {
    const turns = new BodyTurns();
    const entered: string[] = [];
    const answers = ['a1', 'a2', 'b1', 'c1'].map((name) => {
      const answer = response();
      void turns.takeListPlace(name[0]!, answer).then(() => entered.push(name));
      return answer;
    });
    await settle();
    expect(entered).toEqual(['a1', 'b1']);
    // The first to wait of all parties is next.
    answers[0]!.destroy();
    await settle();
    await settle();
    expect(entered).toHaveLength(3);
    answers[2]!.destroy();
    await settle();
    await settle();
    expect(entered.sort()).toEqual(['a1', 'a2', 'b1', 'c1']);
  });

  it('forgets who left while it waited', async () => {
    const turns = new BodyTurns();
    const [first, gone, last] = [response(), response(), response()];
    await turns.takeListPlace('a', first);
    const waiting = turns.takeListPlace('a', gone);
    const next = turns.takeListPlace('a', last);
    gone.destroy();
    first.destroy();
    await expect(waiting).rejects.toBeInstanceOf(ClientGoneError);
    await next;
    last.destroy();
  });

  describe('with a clock', () => {
    it('tells who waits too long to come again', async () => {
      const turns = new BodyTurns();
      const signal = new AbortController();
      jest.spyOn(AbortSignal, 'timeout').mockReturnValue(signal.signal);
      await turns.takeListPlace('a', response());
      const waiting = turns.takeListPlace('a', response());
      signal.abort(new Error('over'));
      await expect(waiting).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 1_000 } });
      jest.restoreAllMocks();
    });
  });
});
