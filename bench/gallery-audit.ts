import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { CollectionTurns } from '../src/modules/grouping/collection-turns';
import { MAX_REFERENCES, ReferenceAuditService } from '../src/modules/gallery/reference-audit.service';
import type { CalibratedPack } from '../src/ports/face-analyzer';
import { listImages, listPeople, readPairFile } from '../workers/evaluation/labelled-faces';
import { LabelledVectors } from '../workers/evaluation/labelled-vectors';
import { randomFrom } from '../workers/evaluation/random';
import { benchAnalyzer } from './bench-analyzer';
import { embedImages } from '../workers/evaluation/embedded-images';
import { withGalleryIndex } from './gallery-index';
import { readMislabelled } from './mislabelled';
import { galleryPeople, PLANTINGS, plantReferences, type PlantedGallery } from './planted-references';

/**
 * `npm run bench:gallery-audit -- --images DIR --pack NAME [--pairs FILE] [--seeds N] [--json FILE] [--cache DIR]`: galleries of the
 * people with three photographs and more, one reference in a hundred of which is wrong, looked through as `auditGallery` does: how
 * many of the wrong ones are found, and how many of the right ones are doubted. `--pairs` keeps to the people that it names.
 */

interface Measured {
  readonly galleries: number;
  readonly references: number;
  readonly planted: number;
  readonly found: number;
  readonly falseAlarms: number;
  /** Of the surest that are as many as were planted, those that were. */
  readonly precision: number;
  readonly seconds: number;
}

/** The doubted images, the surest first. */
async function audit(pack: CalibratedPack, set: LabelledVectors, gallery: PlantedGallery): Promise<number[]> {
  const references = [...gallery.persons]
    .map(([image, personId]) => ({
      id: String(image),
      vectorKey: BigInt(image + 1),
      personId,
      vector: set.vectors[image]!,
    }))
    .sort((a, b) => (a.personId < b.personId ? -1 : a.personId > b.personId ? 1 : Number(a.id) - Number(b.id)));
  const owners = new Map(references.map(({ vectorKey, personId }) => [vectorKey, personId]));
  return withGalleryIndex(pack, references, async (index) => {
    const service = new ReferenceAuditService({
      turns: new CollectionTurns(),
      collections: { getMany: () => Promise.resolve([]), getPack: () => pack },
      collectionIndex: index,
      groupings: {
        findPersons: () => Promise.resolve(owners),
        listRejections: () => Promise.resolve(new Set<string>()),
      },
      gallery: {
        listReferences: (_scope, { of, limit }) =>
          Promise.resolve(
            references.filter(({ personId }) => 'after' in of && personId > (of.after ?? '')).slice(0, limit),
          ),
        findRejected: () => Promise.resolve(new Set<string>()),
        findSamePhotographs: () => Promise.resolve(new Map<string, string[]>()),
      },
      audit: { record: () => Promise.resolve('') },
    });
    const doubted: { readonly faceId: string; readonly score: number }[] = [];
    for (let afterPerson: string | null = null, isCut = true; isCut;) {
      const answer = await service.audit(index.scope, index.collectionId, { afterPerson, limit: MAX_REFERENCES });
      doubted.push(...answer.doubted);
      ({ lastPersonId: afterPerson, isCut } = answer);
    }
    return doubted.sort((a, b) => b.score - a.score).map(({ faceId }) => Number(faceId));
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pairs: { type: 'string' },
      pack: { type: 'string', default: 'bundled' },
      seeds: { type: 'string', default: '100' },
      json: { type: 'string' },
      cache: { type: 'string' },
    },
  });
  const { images: folder } = values;
  if (!folder) throw new Error('Say --images DIR (DIR/<name>/<name>_NNNN.jpg)');
  const analyzer = await benchAnalyzer(values.pack);
  try {
    const { calibration, ...rest } = analyzer.packs()[0]!;
    if (!calibration) throw new Error(`${rest.id} has no similarity scale`);
    const pack: CalibratedPack = { ...rest, calibration };
    const people = values.pairs ? (await readPairFile(values.pairs)).people : await listPeople(folder);
    const { vectors } = await embedImages(analyzer, folder, await listImages(folder, people), {
      cacheFolder: values.cache,
    });
    const set = new LabelledVectors(pack.metric, vectors);
    const mislabelled = await readMislabelled();
    const pool = set.people().filter((person) => !mislabelled.has(person));
    console.log(`${pack.id}: ${galleryPeople(set, pool).length} people with three photographs and more`);
    const results: Record<string, Measured> = {};
    for (const planting of PLANTINGS) {
      let [references, planted, found, alarms, top, seconds] = [0, 0, 0, 0, 0, 0];
      for (let seed = 1; seed <= Number(values.seeds); seed += 1) {
        const gallery = plantReferences(set, pool, planting, randomFrom(seed));
        const begun = performance.now();
        const doubted = await audit(pack, set, gallery);
        seconds += (performance.now() - begun) / 1_000;
        const right = doubted.filter((image) => gallery.planted.has(image)).length;
        references += gallery.persons.size;
        planted += gallery.planted.size;
        found += right;
        alarms += doubted.length - right;
        top += doubted.slice(0, gallery.planted.size).filter((image) => gallery.planted.has(image)).length;
      }
      results[planting] = {
        galleries: Number(values.seeds),
        references,
        planted,
        found: found / planted,
        falseAlarms: alarms / (references - planted),
        precision: top / planted,
        seconds: seconds / Number(values.seeds),
      };
    }
    console.table(results);
    if (values.json) await writeFile(values.json, `${JSON.stringify({ pack: pack.id, results }, null, 2)}\n`);
  } finally {
    await analyzer.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
