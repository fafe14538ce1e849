import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  EnrollFacesDocument,
  ReembedCollectionDocument,
  SearchFacesDocument,
  type LikenessClient,
  PersonsDocument,
  FacesDocument,
  LikenessError,
} from '@likeness/client';
import { openCollection, openTenant, sendAll } from './bench-tenant';
import { withFreshServer } from './fresh-server';

/**
 * `npm run bench:reembed -- --images DIR`: moves a collection of `--faces` photographs from pack `--from` to `--to` while `--searchers` search
 * it without a pause. DIR has a folder for each person. Prints how long it took, how long searches took before and meanwhile, how many failed, which
 * pack they were answered from, and whether persons, names, external ids and face ids are the same afterwards.
 */
interface Search {
  readonly ms: number;
  readonly pack: string | null;
  readonly isRight: boolean;
}

const UPLOADS = 100;
const PAGE = 100;
/** How long it is searched on after the switch, so that searches of both packs are among what is told. */
const AFTERWARDS_MS = 5_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      faces: { type: 'string', default: '5000' },
      from: { type: 'string', default: 'bundled-fast' },
      to: { type: 'string', default: 'bundled' },
      searchers: { type: 'string', default: '2' },
      json: { type: 'string' },
    },
  });
  if (!values.images) throw new Error('--images DIR is needed: a folder with a folder for each person');
  const photographs = photographsOf(values.images).slice(0, Number(values.faces));
  const env = {
    LIKENESS_PACKS: `${values.from},${values.to}`,
    LIKENESS_SEARCHES_HOURLY: '0',
    LIKENESS_FACES_HOURLY: '0',
  };
  await withFreshServer(env, async (server, operatorKey) => {
    const { likeness } = await openTenant(server.url, operatorKey);
    const collectionId = await openCollection(likeness, { name: 'moving', modelPack: values.from });
    await enrol(likeness, collectionId, photographs);
    const held = await digestOf(likeness, collectionId);
    const probes = photographs.filter((_, place) => place % 7 === 0);
    const alone = new Searchers(likeness, collectionId, probes, Number(values.searchers));
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const before = await alone.stop();

    const searchers = new Searchers(likeness, collectionId, probes, Number(values.searchers));
    const begun = performance.now();
    const input = { id: collectionId, modelPack: values.to };
    const { reembedCollection } = await likeness.request(ReembedCollectionDocument, { input });
    const job = await likeness.waitForJob(reembedCollection.job.id);
    const seconds = (performance.now() - begun) / 1_000;
    await new Promise((resolve) => setTimeout(resolve, AFTERWARDS_MS));
    const during = await searchers.stop();
    const report = {
      images: photographs.length,
      job: { state: job.state, ...job.progress },
      seconds: round(seconds),
      imagesPerSecond: round(photographs.length / seconds),
      before: summaryOf(before),
      during: summaryOf(during),
      sameAfterwards: held === (await digestOf(likeness, collectionId)),
    };
    console.log(JSON.stringify(report, null, 2));
    if (values.json) writeFileSync(values.json, JSON.stringify(report, null, 2));
    await likeness.close();
  });
}

interface Photograph {
  readonly person: string;
  readonly file: string;
}

function photographsOf(folder: string): Photograph[] {
  return readdirSync(folder)
    .sort()
    .flatMap((person) =>
      readdirSync(path.join(folder, person))
        .sort()
        .map((file) => ({ person, file: path.join(folder, person, file) })),
    );
}

async function enrol(likeness: LikenessClient, collectionId: string, all: readonly Photograph[]): Promise<void> {
  for (let from = 0; from < all.length; from += UPLOADS) {
    const part = all.slice(from, from + UPLOADS);
    const uploadIds = await sendAll(
      likeness,
      part.map(({ file }) => readFileSync(file)),
    );
    const items = part.map(({ person }, place) => ({
      image: { uploadId: uploadIds[place]! },
      person: { create: { displayName: person, externalId: person } },
      onAmbiguous: 'LARGEST' as const,
    }));
    const { enrollFaces } = await likeness.request(EnrollFacesDocument, { input: { collectionId, items } });
    await likeness.waitForJob(enrollFaces.job.id);
  }
}

/** Searches again and again, each by the next photograph, until they are stopped. */
class Searchers {
  private readonly done: Search[] = [];
  private readonly running: Promise<unknown>;
  private isGoing = true;
  private next = 0;

  constructor(
    private readonly likeness: LikenessClient,
    private readonly collectionId: string,
    private readonly probes: readonly Photograph[],
    count: number,
  ) {
    this.running = Promise.all(Array.from({ length: count }, () => this.run()));
  }

  async stop(): Promise<readonly Search[]> {
    this.isGoing = false;
    await this.running;
    return this.done;
  }

  private async run(): Promise<void> {
    while (this.isGoing) {
      const { person, file } = this.probes[this.next++ % this.probes.length]!;
      const image = { base64: readFileSync(file).toString('base64') };
      const begun = performance.now();
      try {
        const variables = { collectionIds: [this.collectionId], image, threshold: 0, limit: 1 };
        const { searchFaces } = await this.likeness.request(SearchFacesDocument, variables);
        // Other faces of the photograph may come first.
        const isRight = searchFaces.probes.some(({ matches }) => matches[0]?.person?.displayName === person);
        this.done.push({ ms: performance.now() - begun, pack: searchFaces.modelPack.id, isRight });
      } catch (error) {
        if (!(error instanceof LikenessError)) throw error;
        this.done.push({ ms: performance.now() - begun, pack: null, isRight: false });
      }
    }
  }
}

function summaryOf(searches: readonly Search[]) {
  const sorted = searches.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  const packs: Record<string, number> = {};
  for (const { pack } of searches) packs[pack ?? 'failed'] = (packs[pack ?? 'failed'] ?? 0) + 1;
  return {
    searches: searches.length,
    failed: searches.filter(({ pack }) => pack === null).length,
    wrong: searches.filter(({ pack, isRight }) => pack !== null && !isRight).length,
    packs,
    p50: at(0.5),
    p95: at(0.95),
  };
}

/** Over all persons and faces: what must not change. */
async function digestOf(likeness: LikenessClient, collectionId: string): Promise<string> {
  const rows: unknown[] = [];
  const persons = likeness.rows(PersonsDocument, { collectionId, first: PAGE }, (found) => found.persons);
  for await (const { id, displayName, externalId } of persons) rows.push([id, displayName, externalId]);
  const faces = likeness.rows(FacesDocument, { filter: { collectionId }, first: PAGE }, (found) => found.faces);
  for await (const { id, person, boundingBox } of faces) rows.push([id, person?.id, boundingBox]);
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

const round = (value: number): number => Math.round(value * 10) / 10;

void main();
