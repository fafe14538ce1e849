import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  EnrollFacesDocument,
  GrantGalleryDocument,
  PublishGalleryDocument,
  RecognizeCelebritiesDocument,
} from '@likeness/client';
import { openCollection, openTenant, sendAll, type BenchTenant } from './bench-tenant';
import { withFreshServer } from './fresh-server';

/**
 * `npm run bench:gallery-latency -- --images DIR`: whether the time of an answer of recognizeCelebrities tells a hit from a miss. DIR has a
 * folder for each person. Two galleries of the same size hold different people; each photograph is looked up in both, one after the other in
 * turns: it is a hit in one of them and a miss in the other, so that nothing but that differs. Prints the area under the ROC curve of the times
 * (0.5: they tell nothing), and the share of photographs whose hit took longer than their miss, with photographs whose answer was not as meant left out.
 */
interface Timing {
  readonly isHit: boolean;
  readonly ms: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pack: { type: 'string', default: 'bundled' },
      people: { type: 'string', default: '100' },
      rounds: { type: 'string', default: '2' },
      json: { type: 'string' },
    },
  });
  if (!values.images) throw new Error('--images DIR is needed: a folder with a folder for each person');
  const size = Number(values.people);
  const people = peopleOf(values.images).slice(0, 2 * size);
  await withFreshServer({ LIKENESS_PACKS: values.pack }, async (server, operatorKey) => {
    const owner = await openTenant(server.url, operatorKey, 'owner');
    const searcher = await openTenant(server.url, operatorKey, 'searcher');
    const galleries = [people.slice(0, size), people.slice(size)];
    const ids: string[] = [];
    for (const of of galleries) ids.push(await galleryOf(owner, searcher, of));
    const timings: Timing[] = [];
    // The first round warms everything up, and does not count.
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      const found = await lookUp(searcher, people, size, ids);
      if (round > 0) timings.push(...found);
    }
    report(timings, values.json);
    await Promise.all([owner.likeness.close(), searcher.likeness.close()]);
  });
}

interface Known {
  readonly name: string;
  readonly enrolled: string;
  readonly probe: string;
}

/** Those with two photographs or more. */
function peopleOf(folder: string): Known[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, files: readdirSync(path.join(folder, name)).sort() }))
    .filter(({ files }) => files.length > 1)
    .map(({ name, files }) => ({
      name,
      enrolled: path.join(folder, name, files[0]!),
      probe: path.join(folder, name, files[1]!),
    }));
}

/** Publishes and grants the people. @returns the id of the grant. */
async function galleryOf(owner: BenchTenant, searcher: BenchTenant, people: readonly Known[]): Promise<string> {
  const { likeness } = owner;
  const collectionId = await openCollection(likeness, { name: `c-${people[0]!.name}` });
  const uploadIds = await sendAll(
    likeness,
    people.map(({ enrolled }) => readFileSync(enrolled)),
  );
  const items = people.map(({ name }, place) => ({
    image: { uploadId: uploadIds[place]! },
    person: { create: { displayName: name } },
    onAmbiguous: 'LARGEST' as const,
  }));
  const { enrollFaces } = await likeness.request(EnrollFacesDocument, { input: { collectionId, items } });
  await likeness.waitForJob(enrollFaces.job.id);
  const published = await likeness.request(PublishGalleryDocument, { input: { collectionId, name: 'bench' } });
  const { id } = published.publishGallery.gallery;
  const granted = await likeness.request(GrantGalleryDocument, { input: { id, granteeTenantId: searcher.id } });
  return granted.grantGallery.grant.id;
}

/** Each photograph in both galleries, in turns the one or the other first. */
async function lookUp(
  { likeness }: BenchTenant,
  people: readonly Known[],
  size: number,
  galleryIds: readonly string[],
): Promise<Timing[]> {
  const timings: Timing[] = [];
  for (const [place, { probe }] of people.entries()) {
    const image = { base64: readFileSync(probe).toString('base64') };
    const own = place < size ? 0 : 1;
    const taken: Timing[] = [];
    for (const which of place % 4 < 2 ? [0, 1] : [1, 0]) {
      const begun = performance.now();
      const answer = await likeness.request(RecognizeCelebritiesDocument, { image, galleryIds: [galleryIds[which]!] });
      const ms = performance.now() - begun;
      const isHit = answer.recognizeCelebrities.celebrityFaces.length > 0;
      if (isHit === (which === own)) taken.push({ isHit, ms });
    }
    if (taken.length === 2) timings.push(...taken);
  }
  return timings;
}

function report(timings: readonly Timing[], json: string | undefined): void {
  const of = (isHit: boolean): number[] => timings.filter((one) => one.isHit === isHit).map(({ ms }) => ms);
  const [hits, misses] = [of(true), of(false)];
  const wins = hits.reduce(
    (sum, hit) => sum + misses.reduce((own, miss) => own + (hit > miss ? 1 : hit === miss ? 0.5 : 0), 0),
    0,
  );
  const auc = wins / (hits.length * misses.length);
  // The two of a photograph come one after the other.
  const slower = hits.filter((hit, place) => hit > misses[place]!).length / hits.length;
  const medians = { hitMs: median(hits), missMs: median(misses) };
  const figures = { hits: hits.length, misses: misses.length, auc, slower, ...medians };
  console.table([figures]);
  if (json) writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

void main();
