import { assertMayEnd, assertMayMake, endOfRotation, type KeyRights } from '../../src/domain/key-rights';

const at = (ms: number): Date => new Date(ms);
const rights = (changes: Partial<KeyRights> = {}): KeyRights => ({
  scopes: ['READ', 'ADMIN'],
  expiresAt: null,
  isTest: false,
  collectionIds: null,
  allowedNetworks: null,
  ...changes,
});

describe('what a key may make', () => {
  it.each([
    ['its like', rights(), rights(), true],
    ['one with fewer scopes', rights(), rights({ scopes: ['READ'] }), true],
    ['one with another scope', rights(), rights({ scopes: ['SEARCH'] }), false],
    ['one that ends', rights(), rights({ expiresAt: at(1) }), true],
    ['one that ends as it does', rights({ expiresAt: at(1) }), rights({ expiresAt: at(1) }), true],
    ['one that ends later', rights({ expiresAt: at(1) }), rights({ expiresAt: at(2) }), false],
    ['one that does not end, though it does', rights({ expiresAt: at(1) }), rights(), false],
    ['a test key', rights(), rights({ isTest: true }), true],
    ['a live key, as a test key', rights({ isTest: true }), rights(), false],
    ['a bound key', rights(), rights({ collectionIds: ['a'] }), true],
    ['one bound to fewer', rights({ collectionIds: ['a', 'b'] }), rights({ collectionIds: ['b'] }), true],
    ['one bound to others', rights({ collectionIds: ['a'] }), rights({ collectionIds: ['a', 'b'] }), false],
    ['one that is not bound, though it is', rights({ collectionIds: ['a'] }), rights(), false],
    ['one for certain networks', rights(), rights({ allowedNetworks: ['10.1.0.0/16'] }), true],
    [
      'one for a part of its networks',
      rights({ allowedNetworks: ['10.0.0.0/8', 'fd12::/32'] }),
      rights({ allowedNetworks: ['10.1.0.0/16'] }),
      true,
    ],
    [
      'one for other networks',
      rights({ allowedNetworks: ['10.1.0.0/16'] }),
      rights({ allowedNetworks: ['10.0.0.0/8'] }),
      false,
    ],
    ['one for everywhere, though it is not', rights({ allowedNetworks: ['10.1.0.0/16'] }), rights(), false],
  ])('%s', (_what, maker, made, allowed) => {
    const make = () => assertMayMake(maker, made);
    if (allowed) expect(make).not.toThrow();
    else expect(make).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });
});

test('a key may end one that lasts longer, not one that may do more', () => {
  expect(() => assertMayEnd(rights({ expiresAt: at(1) }), rights())).not.toThrow();
  expect(() => assertMayEnd(rights(), rights({ scopes: ['WRITE'] }))).toThrow(/lacks WRITE/);
});

test('a rotation ends with that of its keys which was not cut short', () => {
  expect(endOfRotation([rights({ expiresAt: at(5) })])).toEqual(at(5));
  expect(
    endOfRotation([rights({ expiresAt: at(1) }), rights({ expiresAt: at(5) }), rights({ expiresAt: at(2) })]),
  ).toEqual(at(5));
  expect(endOfRotation([rights({ expiresAt: at(1) }), rights()])).toBeNull();
});
