import { ListObjectsV2Command, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '../../src/domain/ids';
import { S3Bucket, type S3Options } from '../../src/infra/s3/s3-bucket';
import { claimBucket } from '../../src/infra/s3/s3-claim';
import { suiteWhere } from '../fixtures/needs';
import { clientOf, makeBucket, s3Server } from '../fixtures/s3';

const server = s3Server('the start on S3');

suiteWhere(server !== undefined)('a start on a bucket', () => {
  const deploymentId = newId();
  let options: S3Options;
  const opened: S3Bucket[] = [];
  const claim = (changed: Partial<S3Options> = {}, id = deploymentId): Promise<{ keepsVersions: boolean }> => {
    const bucket = new S3Bucket({ ...options, deadlineMs: 1_500, ...changed });
    opened.push(bucket);
    return claimBucket(bucket, id);
  };

  beforeEach(async () => (options = await makeBucket(server!)));
  afterEach(() => opened.splice(0).forEach((bucket) => bucket.close()));

  const names = async (): Promise<(string | undefined)[]> => {
    const client = clientOf(server!);
    const { Contents: contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: options.bucket }));
    client.destroy();
    return contents.map(({ Key }) => Key);
  };

  it('leaves its mark, and finds it at the next start', async () => {
    await claim();
    await claim();
    expect(await names()).toEqual(['of-a-test/likeness.json']);
  });

  it('of two deployments that start at once one gets it', async () => {
    const claims = await Promise.allSettled(Array.from({ length: 6 }, () => claim({}, newId())));
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses the bucket of another deployment, and touches nothing', async () => {
    const other = newId();
    await claim({}, other);
    await expect(claim()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(
        new RegExp(
          `bucket ${options.bucket} below of-a-test/ .* another Likeness \\(deployment ${other}.*LIKENESS_S3_BUCKET or LIKENESS_S3_PREFIX`,
        ),
      ),
    });
    await claim({ prefix: 'mine' });
    await claim({}, other);
  });

  it('names a bucket that is not there', async () => {
    await expect(claim({ bucket: 'likeness-no-such-bucket' })).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: `There is no bucket likeness-no-such-bucket below of-a-test/ at ${options.endpoint}. Make it, or correct LIKENESS_S3_BUCKET.`,
    });
  });

  it.each([
    ['a wrong secret', (id: string) => ({ accessKeyId: id, secretAccessKey: 'not-the-secret-that-it-has' })],
    ['an id that nobody has', () => ({ accessKeyId: 'nobody', secretAccessKey: 'not-the-secret-that-it-has' })],
  ])('names %s', async (_what, credentialsOf) => {
    const refused = claim({ credentials: credentialsOf(server!.credentials.accessKeyId) });
    await expect(refused).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: expect.stringMatching(/refuses the credentials .* LIKENESS_S3_SECRET_ACCESS_KEY/),
    });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('not-the-secret') });
    expect(await names()).toEqual([]);
  });

  it('names another region', async () => {
    await expect(claim({ region: 'eu-central-9' })).rejects.toMatchObject({
      message: expect.stringMatching(/is in another region .* Correct LIKENESS_S3_REGION/),
    });
  });

  it.each([
    ['where nothing listens', 'http://127.0.0.1:9', /cannot be reached \(\w+\).*LIKENESS_S3_ENDPOINT/],
    ['whose name nobody knows', 'http://s3.invalid', /cannot be reached \(\w+\).*LIKENESS_S3_ENDPOINT/],
  ])('names an address %s', async (_what, endpoint, told) => {
    await expect(claim({ endpoint })).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: expect.stringMatching(told),
    });
  });

  it('names an address where something else answers', async () => {
    const other = createServer((_request, response) => response.end('<html>Welcome</html>')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const endpoint = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await expect(claim({ endpoint })).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: expect.stringMatching(/does not answer as S3 does .*LIKENESS_S3_ENDPOINT/),
    });
    other.closeAllConnections();
    other.close();
  });

  it('tells whether the bucket keeps versions, where the store says so', async () => {
    expect(await claim()).toEqual({ keepsVersions: false });
    const client = clientOf(server!);
    const turnedOn = await client
      .send(new PutBucketVersioningCommand({ Bucket: options.bucket, VersioningConfiguration: { Status: 'Enabled' } }))
      .then(
        () => true,
        () => false,
      );
    client.destroy();
    expect(await claim()).toEqual({ keepsVersions: turnedOn });
  });
});
