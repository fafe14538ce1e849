import { createHash } from 'node:crypto';
import path from 'node:path';
import { createTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';

const HOOK = path.join(__dirname, '..', 'fixtures', 'killing-image-hook.cjs');
const IMAGES = 6;
const KILLER = 3;

jest.setTimeout(240_000);

test('an image that kills its process is tried alone, then fails; the others of its job are enrolled', async () => {
  const dataDir = await makeDataFolder();
  let platform = await PlatformProcess.start({ dataDir });
  try {
    const tenant = await createTenant(platform.operator);
    const collectionId = await tenant.createCollection({ qualityFilter: 'NONE' });
    const photo = partyPhoto(3);
    const { faces } = await tenant.detect(photo);
    const portrait = await cutOut(photo, faces[0].boundingBox as Box);
    const images = await Promise.all(Array.from({ length: IMAGES }, (_, step) => variant(portrait, step)));
    const uploads = await tenant.uploadAll(images);
    const env = {
      NODE_OPTIONS: `--require ${HOOK}`,
      LIKENESS_TEST_KILLER: createHash('sha256').update(images[KILLER]!).digest('hex'),
    };
    const restart = async (): Promise<void> => {
      platform = await PlatformProcess.start({ dataDir, env });
    };
    await platform.end();
    await restart();
    const jobId = await tenant.at(platform.url).beginEnrollment(
      collectionId,
      uploads.map((uploadId) => ({ image: { uploadId } })),
    );
    // With the others of its message, then alone, twice: a fault of a decoder leaves no time to say anything.
    for (let death = 1; death <= 3; death += 1) {
      expect(await platform.ended).toMatchObject({ signal: 'SIGKILL' });
      await restart();
    }
    const job = await tenant.at(platform.url).finishJob(jobId);
    expect(job).toMatchObject({ state: 'SUCCEEDED', progress: { done: IMAGES - 1, failed: 1, total: IMAGES } });
    const failed: Data[] = job.items.nodes.filter((item: Data) => item.state === 'FAILED');
    expect(failed).toMatchObject([
      { ordinal: KILLER, error: { code: 'IMAGE_UNREADABLE', message: expect.stringContaining('died three times') } },
    ]);
  } finally {
    await platform.end('SIGKILL');
    await removeDataFolder(dataDir);
  }
});
