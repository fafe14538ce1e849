import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { EnrollFacesDocument } from '@likeness/client';
import { openCollection, openTenant, sendAll } from './bench-tenant';
import { timeViewer, type Turn } from './hostile-viewer';
import type { ServerProcess } from './server-process';

/** 64 megapixels: the largest that is accepted. */
const SIDE_PX = 8_000;
const COUNT = 10;

export interface ImageFigures {
  readonly images: string;
  readonly idle: Turn;
  readonly hostile: Turn;
  /** From the request until all are enrolled. */
  readonly tookMs: number;
}

/** What is worst for a decoder: the coefficients of the whole image, and all its pixels again to turn them. */
const KINDS: Readonly<Record<string, (source: sharp.Sharp) => sharp.Sharp>> = {
  'baseline JPEG': (source) => source.jpeg({ quality: 80 }),
  'progressive JPEG, turned': (source) =>
    source.withMetadata({ orientation: 6 }).jpeg({ quality: 80, progressive: true, chromaSubsampling: '4:4:4' }),
  WebP: (source) => source.webp({ quality: 60, effort: 0 }),
};

async function largePhoto(): Promise<sharp.Sharp> {
  const folder = path.join(path.dirname(require.resolve('@vladmandic/face-api/package.json')), 'demo');
  const [name] = (await readdir(folder)).filter((file) => /^sample\d\.jpg$/.test(file)).sort();
  return sharp(path.join(folder, name!)).resize(SIDE_PX, SIDE_PX, { fit: 'fill' });
}

/** Copies that are different files of the same pixels: what follows an image's end is no part of it. */
function copiesOf(image: Buffer): Buffer[] {
  return Array.from({ length: COUNT }, (_, n) => Buffer.concat([image, Buffer.from(`copy ${n} of ${Date.now()}`)]));
}

/** Ten images of 64 megapixels at once by one tenant, beside the `{viewer}` of another. */
export async function measureLargeImages(server: ServerProcess, operatorKey: string): Promise<ImageFigures[]> {
  const { likeness: victim } = await openTenant(server.url, operatorKey);
  const { likeness } = await openTenant(server.url, operatorKey);
  const collectionId = await openCollection(likeness, { name: 'large', qualityFilter: 'NONE' });
  const figures: ImageFigures[] = [];
  for (const [images, convert] of Object.entries(KINDS)) {
    const encoded = await convert(await largePhoto()).toBuffer();
    const uploadIds = await sendAll(likeness, copiesOf(encoded));
    const idle = await timeViewer(server, victim, 3);
    const items = uploadIds.map((uploadId) => ({ image: { uploadId } }));
    const begin = performance.now();
    const input = { collectionId, items, onAmbiguous: 'LARGEST' } as const;
    const { enrollFaces } = await likeness.request(EnrollFacesDocument, { input });
    const hostile = await timeViewer(server, victim, likeness.waitForJob(enrollFaces.job.id));
    const tookMs = Math.round(performance.now() - begin);
    figures.push({ images, idle, hostile, tookMs });
    console.log(
      `${COUNT} x 64 megapixels, ${images}: peak ${hostile.peakRssMb} MB, p99 ${hostile.p99Ms} ms (idle ${idle.p99Ms}), ${tookMs} ms in all`,
    );
  }
  await Promise.all([victim.close(), likeness.close()]);
  return figures;
}
