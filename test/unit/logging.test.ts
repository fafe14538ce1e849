import { describeError } from '../../src/container/described-error';
import { readableLine } from '../../src/container/readable-line';

describe('an error in the log', () => {
  test('keeps what names it, and nothing of the connection that a driver hangs on it', () => {
    const client = { secretKey: 987654321, connectionParameters: { password: 'of the database' } };
    const error = Object.assign(new Error('terminated'), { code: '57P01', client, detail: 'Key (name)=(Ann) exists' });
    const described = describeError(new TypeError('outer', { cause: error }));
    expect(described).toEqual({
      type: 'TypeError',
      message: 'outer',
      stack: expect.stringContaining('outer'),
      cause: { type: 'Error', message: 'terminated', code: '57P01', stack: expect.stringContaining('terminated') },
    });
    expect(JSON.stringify(described)).not.toMatch(/987654321|of the database|Ann/);
  });

  test('holds what many together failed of, and what was thrown without being an error', () => {
    expect(describeError(new AggregateError([new Error('one'), 'two'], 'both'))).toMatchObject({
      errors: [{ message: 'one' }, { type: 'string', message: 'two' }],
    });
    expect(describeError({ secretKey: 987654321 })).toEqual({ type: 'object', message: 'an object with secretKey' });
  });

  test('that causes itself has an end', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(describeError(error)).match(/"message":"round"/g)).toHaveLength(6);
  });
});

test('a line for people has the time, the level, the sentence and the facts, and an error below it', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5).getTime();
  const line = readableLine(
    {
      level: 40,
      time: at,
      role: 'all',
      pid: 7,
      hostname: 'here',
      operation: 'query viewer',
      ms: 12,
      err: {
        type: 'Error',
        message: 'late',
        stack: 'Error: late\n    at here',
        cause: { type: 'Error', message: 'why' },
      },
      msg: 'request',
    },
    false,
  );
  expect(line.split('\n')).toEqual([
    '03:04:05 warn  request operation="query viewer" ms=12',
    '  Error: late',
    '      at here',
    '  because of',
    '  Error: why',
  ]);
  expect(readableLine({ level: 30, time: at, msg: 'ready' }, true)).toContain('\u001b[36minfo \u001b[0m ready');
});
