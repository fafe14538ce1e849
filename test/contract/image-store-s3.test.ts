import { once } from 'node:events';
import { createServer } from 'node:net';
import { newId } from '../../src/domain/ids';
import { S3Bucket } from '../../src/infra/s3/s3-bucket';
import { S3ImageStore } from '../../src/infra/s3/s3-image-store';
import { makeBucket, s3Server } from '../fixtures/s3';
import { suiteWhere } from '../fixtures/needs';
import { TcpProxy } from '../../faults/tcp-proxy';
import { describeImageStore } from './image-store.contract';

const server = s3Server('the contract of S3ImageStore');

suiteWhere(server !== undefined)('with an S3 at hand', () => {
  describeImageStore('S3ImageStore', async () => {
    const bucket = new S3Bucket(await makeBucket(server!));
    return { store: new S3ImageStore(bucket), dispose: async () => bucket.close() };
  });

  describe('S3ImageStore', () => {
    it('lists more keys than one answer holds', async () => {
      const bucket = new S3Bucket(await makeBucket(server!));
      const store = new S3ImageStore(bucket);
      const tenantId = newId();
      const keys = Array.from({ length: 1_050 }, () => `images/${tenantId}/${newId()}`);
      for (let at = 0; at < keys.length; at += 50) {
        await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, Buffer.from('x'), 'image/png')));
      }
      const listed: string[] = [];
      for await (const key of store.list(`images/${tenantId}`)) listed.push(key);
      expect(listed.sort()).toEqual(keys.sort());
      bucket.close();
    });

    describe('while the store is away', () => {
      let proxy: TcpProxy;
      let bucket: S3Bucket;
      let store: S3ImageStore;
      const key = `images/${newId()}/${newId()}`;

      beforeEach(async () => {
        const { hostname, port } = new URL(server!.endpoint);
        proxy = new TcpProxy({ host: hostname, port: Number(port) });
        const endpoint = `http://127.0.0.1:${await proxy.open()}`;
        bucket = new S3Bucket({ ...(await makeBucket(server!)), endpoint, deadlineMs: 1_500 });
        store = new S3ImageStore(bucket);
        await store.put(key, Buffer.from('x'), 'image/png');
      });
      afterEach(async () => {
        bucket.close();
        await proxy.shut();
      });

      const nothingAnswers = async (): Promise<void> => {
        const startedAt = performance.now();
        const calls = [
          store.get(key),
          store.put(key, Buffer.from('y'), 'image/png'),
          store.copy(key, `images/${newId()}/${newId()}`, 'image/png'),
          store.delete(key),
          store.ping(),
        ];
        for (const { status, ...answer } of await Promise.allSettled(calls)) {
          expect(status).toBe('rejected');
          expect(answer).toMatchObject({ reason: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true } });
        }
        expect(performance.now() - startedAt).toBeLessThan(3_000);
      };

      it('answers DEPENDENCY_UNAVAILABLE, and goes on when it is back', async () => {
        await proxy.shut();
        await nothingAnswers();
        await proxy.open();
        expect(Buffer.from(await store.get(key)).toString()).toBe('x');
      });

      it('waits no longer than its deadline for one that takes the call and is silent', async () => {
        await proxy.shut();
        const silent = createServer().listen(Number(new URL(await endpointOf(bucket)).port), '127.0.0.1');
        await once(silent, 'listening');
        await nothingAnswers();
        bucket.close();
        silent.close();
      });
    });
  });
});

/** Where its client goes. */
async function endpointOf({ client }: S3Bucket): Promise<string> {
  const { protocol, hostname, port } = await client.config.endpoint!();
  return `${protocol}//${hostname}:${port}`;
}
