import { createHash, randomBytes } from 'node:crypto';
import { newId } from '../../src/domain/ids';
import type { ImageStore } from '../../src/ports/image-store';

export interface ImageStoreUnderTest {
  readonly store: ImageStore;
  readonly dispose: () => Promise<void>;
}

async function keysOf(store: ImageStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys.sort();
}

/** What every ImageStore promises. */
export function describeImageStore(name: string, make: () => Promise<ImageStoreUnderTest>): void {
  describe(`ImageStore: ${name}`, () => {
    let store: ImageStore;
    let dispose: () => Promise<void>;

    beforeAll(async () => ({ store, dispose } = await make()));
    afterAll(() => dispose());

    it('gives back exactly the bytes that were put', async () => {
      const key = `images/${newId()}/${newId()}`;
      const bytes = randomBytes(300_000);
      await store.put(key, bytes, 'image/jpeg');
      expect(Buffer.compare(Buffer.from(await store.get(key)), bytes)).toBe(0);
    });

    it('keeps a view of a larger buffer to its own bytes', async () => {
      const key = `uploads/${newId()}/${newId()}`;
      const whole = randomBytes(1_000);
      await store.put(key, new Uint8Array(whole.buffer, whole.byteOffset + 100, 50), 'image/png');
      expect(Buffer.from(await store.get(key))).toEqual(whole.subarray(100, 150));
    });

    it('replaces what was there', async () => {
      const key = `images/${newId()}/${newId()}`;
      await store.put(key, Buffer.from('first, and longer'), 'image/png');
      await store.put(key, Buffer.from('second'), 'image/png');
      expect(Buffer.from(await store.get(key)).toString()).toBe('second');
    });

    it('shows a reader either the old or the new image, whole, while it is being replaced', async () => {
      const key = `images/${newId()}/${newId()}`;
      const images = [Buffer.alloc(400_000, 1), Buffer.alloc(700_000, 2)];
      await store.put(key, images[0]!, 'image/png');
      let writing = true;
      const writes = (async () => {
        for (let i = 0; i < 12; i++) await store.put(key, images[i % 2]!, 'image/png');
        writing = false;
      })();
      let reads = 0;
      while (writing) {
        const seen = Buffer.from(await store.get(key));
        expect(images.some((image) => image.equals(seen))).toBe(true);
        reads++;
      }
      await writes;
      expect(reads).toBeGreaterThan(0);
    });

    it('takes the same key from two writers at once', async () => {
      const key = `images/${newId()}/${newId()}`;
      const images = Array.from({ length: 8 }, (_, i) => Buffer.alloc(50_000, i));
      await Promise.all(images.map((image) => store.put(key, image, 'image/png')));
      const seen = Buffer.from(await store.get(key));
      expect(images.some((image) => image.equals(seen))).toBe(true);
      expect(await keysOf(store, key.split('/').slice(0, 2).join('/'))).toEqual([key]);
    });

    it('copies what then stays, whatever becomes of the other', async () => {
      const tenantId = newId();
      const [from, to] = [`uploads/${tenantId}/${newId()}`, `images/${tenantId}/${newId()}`];
      const bytes = randomBytes(50_000);
      // Twice: the second one finds the folder made and something in its way.
      for (const earlier of [bytes, Buffer.from('in the way')]) {
        await store.put(from, bytes, 'image/png');
        await store.copy(from, to, 'image/png');
        await store.put(from, earlier, 'image/png');
        expect(Buffer.compare(Buffer.from(await store.get(to)), bytes)).toBe(0);
        await store.delete(from);
        expect(Buffer.compare(Buffer.from(await store.get(to)), bytes)).toBe(0);
        await store.put(to, Buffer.from('in the way'), 'image/png');
      }
    });

    it('copies nothing from where nothing is', async () => {
      const to = `images/${newId()}/${newId()}`;
      await expect(store.copy(`uploads/${newId()}/${newId()}`, to, 'image/png')).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      await expect(store.get(to)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('tells the digest of what is there, however it came there', async () => {
      const tenantId = newId();
      const [first, second] = [`uploads/${tenantId}/${newId()}`, `images/${tenantId}/${newId()}`];
      const bytes = randomBytes(200_000);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(await store.digest(first)).toBeNull();
      await store.put(first, bytes, 'image/png');
      await store.copy(first, second, 'image/png');
      expect([await store.digest(first), await store.digest(second)]).toEqual([sha256, sha256]);
    });

    it('answers NOT_FOUND for what is not there', async () => {
      await expect(store.get(`images/${newId()}/${newId()}`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('deletes, once or more', async () => {
      const key = `uploads/${newId()}/${newId()}`;
      await store.put(key, Buffer.from('x'), 'image/png');
      await store.delete(key);
      await store.delete(key);
      await expect(store.get(key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('lists the keys of one kind and one tenant only', async () => {
      const tenantId = newId();
      const mine = Array.from({ length: 30 }, () => `images/${tenantId}/${newId()}`).sort();
      await Promise.all(mine.map((key) => store.put(key, Buffer.from(key), 'image/png')));
      await store.put(`uploads/${tenantId}/${newId()}`, Buffer.from('another kind'), 'image/png');
      await store.put(`images/${newId()}/${newId()}`, Buffer.from('another tenant'), 'image/png');
      expect(await keysOf(store, `images/${tenantId}`)).toEqual(mine);
    });

    it('lists nothing for a tenant without images', async () => {
      expect(await keysOf(store, `images/${newId()}`)).toEqual([]);
    });

    it('can be emptied while it is being listed', async () => {
      const tenantId = newId();
      for (let i = 0; i < 20; i++) await store.put(`uploads/${tenantId}/${newId()}`, Buffer.from('x'), 'image/png');
      for await (const key of store.list(`uploads/${tenantId}`)) await store.delete(key);
      expect(await keysOf(store, `uploads/${tenantId}`)).toEqual([]);
    });

    it.each([
      '',
      'images',
      `images/${newId()}`,
      `images/${newId()}/${newId()}/more`,
      `images/${newId()}/../${newId()}`,
      `images/../images/${newId()}`,
      `images/${newId()}/..`,
      `/images/${newId()}/${newId()}`,
      `secrets/${newId()}/${newId()}`,
      `images/${newId()}/${newId().toUpperCase()}`,
      `images/${newId()}/${newId()}\u0000`,
      `images/${newId()}\\${newId()}/${newId()}`,
      `images/${newId()}/%2e%2e`,
      `images/${newId()}/${newId()}\n`,
    ])('refuses a key that is none: %j', async (key) => {
      await expect(store.put(key, Buffer.from('x'), 'image/png')).rejects.toThrow('key of the image store');
      await expect(store.get(key)).rejects.toThrow('key of the image store');
      await expect(store.copy(key, `images/${newId()}/${newId()}`, 'image/png')).rejects.toThrow(
        'key of the image store',
      );
      await expect(store.copy(`images/${newId()}/${newId()}`, key, 'image/png')).rejects.toThrow(
        'key of the image store',
      );
      await expect(store.delete(key)).rejects.toThrow('key of the image store');
    });

    it.each(['', 'images', 'images/', `images/..`, `tmp/${newId()}`, `images/${newId()}/`, `images/${newId()}/aa`])(
      'refuses a prefix that is none: %j',
      async (prefix) => {
        await expect(keysOf(store, prefix)).rejects.toThrow('prefix of the image store');
      },
    );

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
