import { openImageStore } from '../../container/image-store';
import { createLogger } from '../../container/logging';
import { createSystem } from '../../database/system';
import { inParallel } from '../../../workers/evaluation/in-parallel';
import { DomainError } from '../../domain/errors';
import { imageKey } from '../../domain/image-keys';
import type { TenantScope } from '../../domain/tenant-scope';
import { CollectionStore } from '../../modules/collections/collection.store';
import { FaceStore } from '../../modules/faces/face.store';
import type { AnalyzedImage, FaceAnalyzer } from '../../ports/face-analyzer';
import type { ImageStore } from '../../ports/image-store';
import type { FaceOrderField, FaceRecord } from '../../records/face';
import type { ModelsContext } from './context';
import { enrolledRoll, judgeEnrolled, type EnrolledFault } from './enrolled-face';
import { pagesOfFaces } from './face-pages';
import { JsonList } from './json-list';
import { openDatabase } from './open-database';
import { servePack } from './trial';
import type { PageRequest } from '../../records/page';

/** Faces in memory at once. */
const PAGE = 500;
/** What no face of a crowd may escape. */
const MAX_FACES = 100;
/** Width of an id in the table. */
const ID = 36;

/** A face that is told. */
interface Finding {
  readonly faceId: string;
  readonly imageId: string;
  readonly personId: string | null;
  readonly fault: EnrolledFault;
  /** Degrees clockwise; null where there is no such face today. */
  readonly rollThen: number;
  readonly rollNow: number | null;
}

interface Rechecking {
  readonly scope: TenantScope;
  readonly packId: string;
  readonly faces: FaceStore;
  readonly images: ImageStore;
  readonly analyzer: FaceAnalyzer;
  /** Images on their way at once. */
  readonly lanes: number;
  readonly signal: AbortSignal;
}

/**
 * `recheck --collection ID [--json FILE]`: looks at the images of a collection again, with its own pack, and tells the faces
 * that would be refused today, that are no longer found or are found the other way up. Deletes nothing.
 *
 * @returns 0; 1 when it told some, or could not look at their images.
 * @throws DomainError NOT_FOUND, CONFLICT (the data folder is another process's), MODEL_MISMATCH (the pack is another than it was).
 */
export async function recheckCollection(
  context: ModelsContext,
  collectionId: string,
  jsonFile: string | undefined,
): Promise<number> {
  const { config, closers, print, signal } = context;
  const database = await openDatabase(context);
  const faces = new FaceStore(database);
  const system = createSystem(database);
  const { images } = await openImageStore(config, system, createLogger({ level: 'warn', to: 2 }), closers);
  const place = (await system.collections.listAll()).find((one) => one.collectionId === collectionId);
  const collection = place && (await new CollectionStore(database).find(place.scope, { id: collectionId }));
  if (!place || !collection) throw new DomainError('NOT_FOUND', `No collection ${collectionId}.`);
  const list = jsonFile === undefined ? undefined : await JsonList.begin(jsonFile);
  try {
    const analyzer = await servePack(context, collection.modelPackId, config.inferenceThreads);
    closers.add('recognition', () => analyzer.close());
    if (analyzer.packs()[0]!.embeddingDigest !== collection.embeddingDigest) {
      throw new DomainError(
        'MODEL_MISMATCH',
        `The faces of ${collection.name} were embedded with another ${collection.modelPackId} than the one that is here, so that this one says nothing about them. Bring that one back, then run the command again.`,
      );
    }
    const rechecking: Rechecking = {
      scope: place.scope,
      packId: collection.modelPackId,
      faces,
      images,
      analyzer,
      lanes: 2 * config.inferenceThreads,
      signal,
    };
    let looked = 0;
    let told = 0;
    const indexed = (page: PageRequest<FaceOrderField>) =>
      faces.list(place.scope, { collectionId, state: 'INDEXED' }, page);
    for await (const page of pagesOfFaces(indexed, PAGE)) {
      for (const finding of await recheckPage(rechecking, page)) {
        if (told === 0) print(row('face', 'image', 'person', 'what is wrong', 'roll then', 'now'));
        told += 1;
        print(rowOf(finding));
        await list?.add(finding);
      }
      looked += page.length;
      process.stderr.write(`${looked} of about ${collection.faceCount} faces\n`);
    }
    await list?.end();
    print(
      `${collection.name} (${collection.modelPackId}): ${told === 0 ? 'nothing speaks against any' : `something speaks against ${told}`} of ${looked} faces.`,
    );
    return told === 0 ? 0 : 1;
  } finally {
    await list?.discard();
  }
}

/** Each image is looked at once. */
async function recheckPage(rechecking: Rechecking, page: readonly FaceRecord[]): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  const byImage = new Map<string, FaceRecord[]>();
  for (const face of page) byImage.set(face.image.id, [...(byImage.get(face.image.id) ?? []), face]);
  const judge = async ([imageId, faces]: readonly [string, readonly FaceRecord[]]): Promise<void> => {
    const today = await lookAgain(rechecking, imageId);
    const verdicts =
      typeof today === 'string'
        ? faces.map((face) => ({ fault: today, rollThen: enrolledRoll(face), rollNow: null }))
        : judgeEnrolled(faces, today);
    for (const [i, face] of faces.entries()) {
      const verdict = verdicts[i];
      // One that was deleted meanwhile may have taken its image along.
      if (verdict === undefined || (await rechecking.faces.find(rechecking.scope, face.id)) === null) continue;
      findings.set(face.id, { faceId: face.id, imageId, personId: face.person?.id ?? null, ...verdict });
    }
  };
  await inParallel(byImage.entries(), judge, rechecking.lanes);
  return page.flatMap(({ id }) => findings.get(id) ?? []);
}

/** What the pack sees in a stored image today, or why it cannot see it. */
async function lookAgain(
  { scope, packId, images, analyzer, signal }: Rechecking,
  imageId: string,
): Promise<AnalyzedImage | EnrolledFault> {
  signal.throwIfAborted();
  try {
    return await analyzer.analyze({
      packId,
      image: await images.get(imageKey(scope, imageId)),
      maxFaces: MAX_FACES,
      keep: 'LARGEST',
      qualityFilter: 'NONE',
      embed: false,
      clean: false,
      priority: 'BULK',
      signal,
    });
  } catch (error) {
    switch (error instanceof DomainError ? error.code : undefined) {
      case 'NOT_FOUND':
        return 'IMAGE_MISSING';
      case 'IMAGE_UNREADABLE':
      case 'IMAGE_UNSUPPORTED':
      case 'IMAGE_TOO_LARGE':
        return (error as DomainError).code as EnrolledFault;
      default:
        throw error;
    }
  }
}

function row(face: string, image: string, person: string, fault: string, then: string, now: string): string {
  const cells = [face.padEnd(ID), image.padEnd(ID), person.padEnd(ID), fault.padEnd(17)];
  return [...cells, then.padStart(9), now.padStart(5)].join('  ');
}

function rowOf({ faceId, imageId, personId, fault, rollThen, rollNow }: Finding): string {
  return row(faceId, imageId, personId ?? '-', fault, rollThen.toFixed(0), rollNow?.toFixed(0) ?? '-');
}
