import {
  composeMetadata,
  composeText,
  findMetadataProblem,
  findTextProblem,
  findTypedTextProblem,
} from '../../src/domain/storable';

describe('what PostgreSQL can keep', () => {
  it.each([
    ['letters', 'Zoë 😀 山', true],
    ['NUL', 'a\0b', false],
    ['half of a pair', 'a\ud83d', false],
  ])('text: %s', (_name, text, storable) => expect(findTextProblem(text) === undefined).toBe(storable));

  it.each([
    ['plain', { team: 'a', tags: ['x', { y: null }], n: 1.5 }],
    ['the escape of NUL spelt out', { path: 'C:\\u0000' }],
  ])('metadata: %s', (_name, metadata) => expect(findMetadataProblem(metadata)).toBeUndefined());

  it.each([
    ['NUL in a value', { a: ['\0'] }, 'well-formed'],
    ['half of a pair in a key', { a: { '\udc00': 1 } }, 'well-formed'],
    ['too much', { a: 'x'.repeat(16 * 1024) }, '16 KB'],
    ['deep enough to end the stack', JSON.parse(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`), 'nested'],
  ])('metadata refused: %s', (_name, metadata, rule) => {
    expect(findMetadataProblem(metadata as Record<string, unknown>)).toContain(rule);
  });
});

describe('what people type', () => {
  const MARKS = '\u0301'.repeat(15) + '\u0323'.repeat(15);

  it('may have as many combining marks in a row as any language writes, and no more', () => {
    expect(findTypedTextProblem(`a${MARKS}b${MARKS}`)).toBeUndefined();
    expect(findTypedTextProblem(`a${MARKS}\u0301`)).toContain('30 combining marks');
    expect(findMetadataProblem({ [`a${MARKS}\u0301`]: 1 })).toContain('30 combining marks');
    expect(findMetadataProblem({ tags: [`a${MARKS}\u0301`] })).toContain('30 combining marks');
  });

  it('is not composed where it is to be refused: that would take the square of its length', () => {
    const long = `a${'\u0301'.repeat(1_000)}${'\u0323'.repeat(1_000)}`;
    expect(composeText(long)).toBe(long);
    expect(composeText('e\u0301'.repeat(5_000))).toHaveLength(10_000);
    const metadata = { team: 'e\u0301', note: long };
    expect(composeMetadata(metadata)).toBe(metadata);
    expect(composeMetadata({ 'e\u0301': ['e\u0301'] })).toEqual({ '\u00e9': ['\u00e9'] });
  });
});
