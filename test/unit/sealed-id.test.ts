import { randomBytes } from 'node:crypto';
import { newId } from '../../src/domain/ids';
import { isSealedId, openSealedId, SEAL_KEY_BYTES, sealId } from '../../src/domain/sealed-id';

const key = randomBytes(SEAL_KEY_BYTES);

test('an id is opened by the key that sealed it, and is always sealed the same', () => {
  const id = newId();
  const sealed = sealId(key, id);
  expect(isSealedId(sealed)).toBe(true);
  expect(openSealedId(key, sealed)).toBe(id);
  expect(sealId(key, id)).toBe(sealed);
});

test('ids of one moment, and one id under two keys, have nothing in common that is seen', () => {
  const ids = [newId(), newId()];
  expect(ids[0]!.slice(0, 8)).toBe(ids[1]!.slice(0, 8));
  const texts = [...ids.map((id) => sealId(key, id)), sealId(randomBytes(SEAL_KEY_BYTES), ids[0]!)];
  expect(new Set(texts.map((text) => text.slice(0, 8))).size).toBe(3);
});

test.each(['', 'x', newId(), 'f'.repeat(31), 'G'.repeat(32)])('%p is no sealed id', (text) => {
  expect(isSealedId(text)).toBe(false);
  expect(openSealedId(key, text)).toBeNull();
});

test('what another key has sealed opens to no id', () => {
  const opened = Array.from({ length: 20 }, () => openSealedId(key, sealId(randomBytes(SEAL_KEY_BYTES), newId())));
  // By chance one in eight has the form of one; it is nobody's.
  expect(opened.filter((one) => one !== null).length).toBeLessThan(15);
});
