import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EnrollFacesDocument, type LikenessClient } from '@likeness/client';
import { openCollection, openTenant, sendAll } from './bench-tenant';
import { MemoryTrend } from './memory-trend';
import type { ServerProcess } from './server-process';
import { withFreshServer } from './fresh-server';

export interface EnrolmentFigures {
  /** From enrollFaces to the job's last event: every face searchable. */
  readonly imagesPerSecond: number;
  /** createUploads and the PUTs of the same images, before that. */
  readonly uploadsPerSecond: number;
  readonly failed: number;
  /** Resident memory of the server and its PostgreSQL, sampled twice a second. */
  readonly peakRssMb: number;
  /** Its growth over the second half of the run. */
  readonly rssSlopeKbPerImage: number;
}

const UPLOAD_BATCH = 100;
const SAMPLE_MS = 500;
/** Images before those that count, so that code and caches are warm. */
export const WARM_UP = 100;

/**
 * Enrols images through GraphQL on a fresh embedded server (`npm start`, one process, one pack): each for the person whom
 * its folder is named after, so that the largest face counts, as it does for the bare pipeline.
 * @param files at most 10,000.
 */
export async function measureEnrolment(files: readonly string[], pack: string): Promise<EnrolmentFigures> {
  return withFreshServer({ LIKENESS_PACKS: pack }, async (server, operatorKey) => {
    const { likeness } = await openTenant(server.url, operatorKey);
    try {
      await enrol(server, likeness, files.slice(0, WARM_UP));
      return await enrol(server, likeness, files);
    } finally {
      await likeness.close();
    }
  });
}

async function enrol(
  server: ServerProcess,
  likeness: LikenessClient,
  files: readonly string[],
): Promise<EnrolmentFigures> {
  const collectionId = await openCollection(likeness, { name: `images-${files.length}`, qualityFilter: 'NONE' });

  const uploadsBegin = performance.now();
  const uploadIds: string[] = [];
  for (let from = 0; from < files.length; from += UPLOAD_BATCH) {
    const batch = files.slice(from, from + UPLOAD_BATCH).map((file) => readFileSync(file));
    uploadIds.push(...(await sendAll(likeness, batch)));
  }
  const uploadSeconds = (performance.now() - uploadsBegin) / 1_000;

  const memory = new MemoryTrend();
  let done = 0;
  const sampler = setInterval(() => memory.sample(done, server.rssMb()), SAMPLE_MS);
  const begin = performance.now();
  const { enrollFaces } = await likeness.request(EnrollFacesDocument, {
    input: {
      collectionId,
      onAmbiguous: 'LARGEST',
      items: uploadIds.map((uploadId, i) => {
        const name = path.basename(path.dirname(files[i]!));
        return { image: { uploadId }, person: { create: { displayName: name, externalId: name } } };
      }),
    },
  });
  const job = await likeness.waitForJob(enrollFaces.job.id, {
    onProgress: ({ progress }) => (done = progress.total - progress.pending),
  });
  const seconds = (performance.now() - begin) / 1_000;
  clearInterval(sampler);
  if (job.state !== 'SUCCEEDED') throw new Error(`The enrolment ended ${job.state}`);
  return {
    imagesPerSecond: files.length / seconds,
    uploadsPerSecond: files.length / uploadSeconds,
    failed: job.progress.failed,
    peakRssMb: memory.peakMb,
    rssSlopeKbPerImage: memory.slopeKb,
  };
}
