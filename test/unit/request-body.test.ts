import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { firstBytes, PACE, readBody, readBodyExactly } from '../../src/http/request-body';

const body = () => new PassThrough() as PassThrough & IncomingMessage;

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
afterEach(() => jest.useRealTimers());
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('readBodyExactly', () => {
  it('gives a body up that has stalled for 5 s, and leaves no timer', async () => {
    const request = body();
    const read = readBodyExactly(request, 15_000_000).catch((error: unknown) => error);
    jest.advanceTimersByTime(4_999);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(1);
    expect(await read).toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('waits for a body that comes at 50 KB a second, and no longer', async () => {
    const request = body();
    let outcome: unknown;
    const read = readBodyExactly(request, 15_000_000).catch((error: unknown) => (outcome = error));
    for (let second = 0; second < 60; second += 1) {
      request.write(Buffer.alloc(50_000));
      await settle();
      jest.advanceTimersByTime(1_000);
      await settle();
    }
    expect(outcome).toBeUndefined();
    jest.advanceTimersByTime(5_000);
    await read;
    expect(outcome).toMatchObject({ code: 'TIMEOUT' });
  });

  it('answers with a body that is whole, and leaves no timer', async () => {
    const request = body();
    const read = readBodyExactly(request, 3);
    request.end('abc');
    expect((await read).toString()).toBe('abc');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives a body up that trickles', async () => {
    const request = body();
    let outcome: unknown;
    const read = readBodyExactly(request, 15_000_000).catch((error: unknown) => (outcome = error));
    for (let second = 0; second < 9; second += 1) {
      request.write('x');
      await settle();
      jest.advanceTimersByTime(1_000);
    }
    expect(outcome).toBeUndefined();
    request.write('x');
    await settle();
    jest.advanceTimersByTime(1_001);
    await read;
    expect(outcome).toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('readBody', () => {
  it('asks before it keeps more, and ends with what it is told', async () => {
    const request = body();
    const asked: number[] = [];
    const read = readBody(request, (chunk, before) => {
      asked.push(before + chunk.length);
      if (before > 0) throw new Error('no more');
    });
    const refused = expect(read).rejects.toThrow('no more');
    request.write('abc');
    await settle();
    request.write('def');
    await refused;
    expect(asked).toEqual([3, 6]);
    expect(jest.getTimerCount()).toBe(0);
  });
});

it('a body that stalls gives its place up within a second once others wait for it', async () => {
  const request = body();
  let isPressed = false;
  const read = readBodyExactly(request, 1_000, { ...PACE, isPressed: () => isPressed }).catch(
    (error: unknown) => error,
  );
  request.write('abc');
  await settle();
  jest.advanceTimersByTime(2_000);
  isPressed = true;
  jest.advanceTimersByTime(1_000);
  expect(await read).toMatchObject({ code: 'TIMEOUT' });
});

describe('firstBytes', () => {
  it('waits until something has come, and leaves it to be read', async () => {
    const request = body();
    const first = firstBytes(request);
    request.write('ab');
    await first;
    const read = readBodyExactly(request, 3);
    request.end('c');
    expect((await read).toString()).toBe('abc');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives up when nothing comes', async () => {
    const waiting = firstBytes(body()).catch((error: unknown) => error);
    jest.advanceTimersByTime(5_000);
    expect(await waiting).toMatchObject({ code: 'TIMEOUT' });
  });
});
