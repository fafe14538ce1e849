import { findMetadataProblem, isStorableText } from '../../src/domain/storable';

describe('what PostgreSQL can keep', () => {
  it.each([
    ['letters', 'Zoë 😀 山', true],
    ['NUL', 'a\0b', false],
    ['half of a pair', 'a\ud83d', false],
  ])('text: %s', (_name, text, storable) => expect(isStorableText(text)).toBe(storable));

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
