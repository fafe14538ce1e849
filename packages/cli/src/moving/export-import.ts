import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  HideFacesDocument,
  LikenessError,
  type EnrollFile,
  type EnrollOutcome,
  type FaceHiddenAs,
  type LikenessClient,
} from '@likeness/client';
import { reasonOf, type ImportReport } from '../import/import-run.ts';
import type { Journal } from '../import/journal.ts';
import type { RefusedFile } from '../import/listing.ts';
import type { Output } from '../output.ts';
import type { Numbered, ReadExport } from './export-reader.ts';
import { overlapOf, type ExportedImage } from './format.ts';
import { sha256Of } from './image-files.ts';
import { bringPersonsIn, type PersonsIn } from './persons-in.ts';

export interface MoveReport extends ImportReport {
  readonly persons: number;
}

export interface MoveOptions {
  readonly parallel: number;
  readonly signal: AbortSignal;
}

type Image = Numbered<ExportedImage>;
type Indexed = EnrollOutcome & { state: 'INDEXED' };

/** So much of a face's box is on that of the export for it to be that face. */
const ONE_FACE = 0.5;
const HIDDEN_AT_ONCE = 500;

/**
 * Brings an export into a collection: its persons, then its images with each face at its place. What was brought in before is known by
 * its bytes and stays as it is by now.
 * @throws LikenessError when the server refuses all; the signal's reason. Run again, it goes on where it was.
 */
export async function importExport(
  likeness: LikenessClient,
  collectionId: string,
  { file, originId, persons, images }: ReadExport,
  journal: Journal,
  out: Output,
  { parallel, signal }: MoveOptions,
): Promise<MoveReport> {
  const known = await bringPersonsIn(likeness, collectionId, originId, persons, {
    signal,
    onProgress: (done) => out.progress(`${done} of ${persons.length} persons`),
  });
  const notIndexed: RefusedFile[] = persons.flatMap(({ id, line, displayName }) => {
    const reason = known.refused.get(id);
    return reason === undefined ? [] : [{ shown: `${file}:${line} (${displayName})`, reason }];
  });
  const shownOf = ({ line, file: name }: Image): string => `${file}:${line}${name === null ? '' : ` (${name})`}`;
  const fresh = images.filter((image) => !journal.has(factsOf(image)));
  const wanted: Image[] = [];
  for (const image of fresh) {
    const reason = hindranceOf(image, known);
    if (reason === undefined) wanted.push(image);
    else notIndexed.push({ shown: shownOf(image), reason });
  }
  let indexed = 0;
  let duplicates = 0;
  const toHide: { readonly image: Image; readonly faces: readonly Hidden[] }[] = [];
  const files = wanted.map((image) => enrollFileOf(image, path.dirname(file), known.idOf));
  await likeness.enrollFiles(
    { collectionId, files },
    {
      parallel,
      signal,
      onProgress: ({ total, sent, indexed: found, failed }) =>
        out.progress(`${sent} of ${total} images sent, ${found} indexed, ${failed} not`),
      onOutcome: (outcome, index) => {
        const image = wanted[index]!;
        if (outcome.state !== 'INDEXED') {
          notIndexed.push({ shown: shownOf(image), reason: reasonOf(outcome) });
          return;
        }
        indexed += 1;
        duplicates += outcome.duplicate ? 1 : 0;
        const faces = hiddenOf(image, outcome);
        if (faces.length > 0) toHide.push({ image, faces });
        else journal.add(factsOf(image));
      },
    },
  );
  await hide(
    likeness,
    toHide.flatMap(({ faces }) => faces),
    signal,
  );
  for (const { image } of toHide) journal.add(factsOf(image));
  const unchanged = images.length - fresh.length;
  const counts = { persons: known.idOf.size, files: images.length, indexed, duplicates, unchanged };
  return { ...counts, notIndexed, skipped: {} };
}

/** What an image is told from others by in the journal: moved or edited, it is sent again, and the server knows what it has. */
const factsOf = ({ line: _, file: __, id: ___, ...facts }: Image): readonly unknown[] => ['image', facts];

/** Why an image is not sent; undefined where nothing hinders. */
function hindranceOf({ file, faces }: Image, { idOf }: PersonsIn): string | undefined {
  if (file === null) return 'came without its file: export with --images';
  const absent = faces.findIndex(({ person }) => person !== null && !idOf.has(person));
  return absent < 0 ? undefined : `the person of faces[${absent}] was refused`;
}

function enrollFileOf(image: Image, folder: string, idOf: ReadonlyMap<string, string>): EnrollFile {
  const { externalImageId, takenAt, sha256 } = image;
  const place = path.join(folder, image.file!);
  const faces = image.faces.map(({ boundingBox, landmarks, confidence, person }) => ({
    boundingBox,
    landmarks,
    confidence,
    person: person === null ? undefined : { id: idOf.get(person)! },
  }));
  const source = async (): Promise<Uint8Array> => {
    const bytes = await readFile(place);
    if (sha256Of(bytes) === sha256) return bytes;
    throw new LikenessError('IMAGE_UNREADABLE', 'This file is not the one that was exported: its sha256 is another.');
  };
  return { source, faces, externalImageId: externalImageId ?? undefined, takenAt: takenAt ?? undefined };
}

interface Hidden {
  readonly faceId: string;
  readonly as: FaceHiddenAs;
}

/** The faces of an outcome that were hidden where they came from. Who was given one here since keeps it. */
function hiddenOf(image: Image, { faces }: Indexed): Hidden[] {
  return image.faces.flatMap(({ boundingBox, hiddenAs }) => {
    const found = faces.find((face) => overlapOf(face.boundingBox, boundingBox) >= ONE_FACE);
    return hiddenAs !== null && found && !found.person ? [{ faceId: found.id, as: hiddenAs }] : [];
  });
}

async function hide(likeness: LikenessClient, faces: readonly Hidden[], signal: AbortSignal): Promise<void> {
  for (const as of ['NOT_A_FACE', 'STRANGER'] as const) {
    const faceIds = faces.filter((face) => face.as === as).map((face) => face.faceId);
    for (let start = 0; start < faceIds.length; start += HIDDEN_AT_ONCE) {
      const input = { faceIds: faceIds.slice(start, start + HIDDEN_AT_ONCE), as };
      await likeness.request(HideFacesDocument, { input }, { signal });
    }
  }
}
