import { BULK_JSON_LIMITS, JSON_LIMITS, JsonShape } from '../../src/http/json-shape';

const check =
  (text: string, limits = JSON_LIMITS) =>
  (): void =>
    new JsonShape(limits).feed(Buffer.from(text));
const REFUSED = expect.objectContaining({ code: 'BAD_USER_INPUT' });

/** Openings, commas and colons, counted the slow way. */
function tokensOf(text: string): number {
  let tokens = 0;
  JSON.parse(text, (_key, value: unknown) => {
    if (Array.isArray(value)) tokens += 1 + Math.max(0, value.length - 1);
    else if (typeof value === 'object' && value !== null) {
      const names = Object.keys(value).length;
      tokens += 1 + names + Math.max(0, names - 1);
    }
    return value;
  });
  return tokens;
}

const TEXTS = [
  '{}',
  '{"query":"{ viewer { keyName } }","variables":{}}',
  '{"a":"\\"","b":"\\\\","c":"\\\\\\"[[[,,,","d":["x"]}',
  `{"a":"${'\\"'.repeat(100)}","b":[1,2,3]}`,
  `{"a":"${'x'.repeat(63)}\\"${'y'.repeat(200)}\\\\","b":[1,2,3]}`,
  `{"a":"${'x'.repeat(500)}${'\\\\'.repeat(101)}\\"","b":[{"c":[]}]}`,
  `["${'\\u0022'.repeat(300)}","é,[\u{1f600}"]`,
  ' [ 1 , 2 , { "a" : [ null , true ] } ] ',
];

test.each(TEXTS)('counts %s as it is, whatever its strings hold', (text) => {
  const tokens = tokensOf(text);
  expect(check(text, { maxTokens: tokens, maxDepth: 9 })).not.toThrow();
  if (tokens > 0) expect(check(text, { maxTokens: tokens - 1, maxDepth: 9 })).toThrow(REFUSED);
});

test.each(TEXTS)('counts %s the same in parts of any size', (text) => {
  const bytes = Buffer.from(text);
  for (const size of [1, 2, 7, 63, 64, 65, 130]) {
    const shape = new JsonShape(JSON_LIMITS);
    for (let i = 0; i < bytes.length; i += size) shape.feed(bytes.subarray(i, i + size));
    expect(shape.tokens).toBe(tokensOf(text));
  }
});

test('counts depth by what is open at one time', () => {
  expect(check(`[${'[[]],'.repeat(50)}[]]`, { maxTokens: 1_000, maxDepth: 3 })).not.toThrow();
  expect(check('[[[[]]]]', { maxTokens: 1_000, maxDepth: 3 })).toThrow(/deeper than 3 levels/);
});

describe('a long text', () => {
  it.each(['\\u00e9', '\\"', '\\\\'])('is refused before it is parsed when it is made of %s', (escape) => {
    expect(check(`{"a":"${escape.repeat(60_000)}"}`)).not.toThrow();
    const shape = new JsonShape(JSON_LIMITS);
    const bytes = Buffer.from(`{"a":"${escape.repeat(1_000_000)}"}`);
    let fed = 0;
    expect(() => {
      for (; fed < bytes.length; fed += 65_536) shape.feed(bytes.subarray(fed, fed + 65_536));
    }).toThrow(/must not hold a text of more than 65536 characters/);
    expect(fed).toBeLessThan(bytes.length / 4);
  });

  it('is let pass when it is an image, however its encoder escapes', () => {
    const base64 = Buffer.alloc(4_000_000, Buffer.from(Array.from({ length: 251 }, (_, i) => (i * 97) % 256))).toString(
      'base64',
    );
    for (const text of [
      base64,
      base64.replaceAll('/', '\\/'),
      base64.replaceAll('/', '\\/').replaceAll('+', '\\u002b'),
    ]) {
      expect(check(`{"a":"${text}","b":"${text}"}`)).not.toThrow();
    }
  });
});

test('says what the limit is and what to do', () => {
  expect(check(`[${'0,'.repeat(20_001)}0]`)).toThrow(
    'body must not hold more than 20000 values and names; send less, or in several requests.',
  );
});

test('lets the largest requests of each kind pass', () => {
  const files = Array(1_000).fill({ bytes: 1_000, mime: 'image/jpeg', sha256: 'f'.repeat(64) });
  expect(check(JSON.stringify({ query: 'x', variables: { files } }))).not.toThrow();
  const images = { source: { base64: 'A'.repeat(5_600_000) }, target: { base64: 'B'.repeat(5_600_000) } };
  expect(check(JSON.stringify({ query: 'x', variables: images }))).not.toThrow();
  const item = {
    image: { uploadId: 'x' },
    person: { create: { displayName: 'x', externalId: 'x', metadata: { a: 1, b: 2 } } },
    externalImageId: 'x',
  };
  const items = Array(10_000).fill(item);
  expect(check(JSON.stringify({ query: 'x', variables: { input: { items } } }), BULK_JSON_LIMITS)).not.toThrow();
});

test.each([
  ['empty lists', `[${'[],'.repeat(3_900_000)}[]]`],
  ['brackets', '['.repeat(12_000_000)],
  ['one string', `"${'x'.repeat(12_000_000)}"`],
  ['a string of escapes', `"${'\\"'.repeat(6_000_000)}"`],
  ['a string of backslashes', `"${'\\'.repeat(12_000_000)}"`],
  ['quotes that are far apart', `"${`${'x'.repeat(64)}\\"`.repeat(180_000)}"`],
  ['white space', ' '.repeat(12_000_000)],
])('looks at 12 MB of %s in no time', (_what, text) => {
  const bytes = Buffer.from(text);
  const start = performance.now();
  try {
    new JsonShape(JSON_LIMITS).feed(bytes);
  } catch (error) {
    expect(error).toEqual(REFUSED);
  }
  expect(performance.now() - start).toBeLessThan(500);
});
