import {
  equalInConstantTime,
  generateKey,
  generateOperatorKey,
  hashSecret,
  issueKey,
  looksLikeOperatorKey,
  parseKey,
} from '../../src/domain/api-key';
import { scopesBeyond } from '../../src/domain/scopes';

describe('API key text', () => {
  it.each(['live', 'test'] as const)('makes lk_%s_<keyId>_<secret>_<checksum> and reads it back', (kind) => {
    const { text, keyId, secret } = generateKey(kind);
    expect(text).toMatch(new RegExp(`^lk_${kind}_[0-9A-Za-z]{16}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$`));
    expect(parseKey(text)).toEqual({ kind, keyId, secret });
  });

  it('never makes the same key twice', () => {
    expect(new Set(Array.from({ length: 200 }, () => generateKey('live').text)).size).toBe(200);
  });

  it('refuses a key with any one character changed', () => {
    const { text } = generateKey('live');
    for (let i = 0; i < text.length; i++) {
      const changed = text.slice(0, i) + (text[i] === 'a' ? 'b' : 'a') + text.slice(i + 1);
      expect(parseKey(changed)).toBeNull();
    }
  });

  it.each(['', 'lk_live_', 'lk_operator_abc', `${generateKey('live').text} `, `${generateKey('live').text}\n`])(
    'refuses %j',
    (text) => expect(parseKey(text)).toBeNull(),
  );

  it('tells an operator key by its prefix', () => {
    expect(generateOperatorKey()).toMatch(/^lk_operator_[0-9A-Za-z]{43}$/);
    expect(looksLikeOperatorKey(generateOperatorKey())).toBe(true);
    expect(looksLikeOperatorKey(generateKey('live').text)).toBe(false);
  });

  it('stores a hash that depends on the pepper and holds no secret', () => {
    const { text, keyId, secretHash } = issueKey('pepper one', 'live');
    const parsed = parseKey(text)!;
    expect(parsed.keyId).toBe(keyId);
    expect(equalInConstantTime(hashSecret('pepper one', parsed.secret), secretHash)).toBe(true);
    expect(equalInConstantTime(hashSecret('pepper two', parsed.secret), secretHash)).toBe(false);
  });
});

describe('scopesBeyond', () => {
  it('names what a key lacks, once each', () => {
    expect(scopesBeyond(['READ', 'WRITE', 'WRITE'], new Set(['READ']))).toEqual(['WRITE']);
    expect(scopesBeyond(['READ'], new Set(['READ', 'ADMIN']))).toEqual([]);
    expect(scopesBeyond(['SEARCH', 'SEARCH_DETAILS'], new Set(['READ', 'SEARCH']))).toEqual([]);
    expect(scopesBeyond(['SEARCH_DETAILS'], new Set(['SEARCH']))).toEqual(['SEARCH_DETAILS']);
  });
});
