import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { EnrollPersonInput } from '@likeness/client';
import { CommandError, EXIT } from '../exit-codes.ts';
import type { ListedFile, Listing, RefusedFile } from './listing.ts';

/** A face that another system has, whose image lies in a folder under a name that the listing knows. */
interface OtherFace {
  /** What the image's file is called, with or without its ending. */
  readonly file: string;
  readonly imageId: string;
  readonly externalImageId: string;
  /** Whose it is. */
  readonly person: string;
}

export interface FaceListOptions {
  /** Where the images lie: a listing has none. */
  readonly images: string | undefined;
  /** Images with several of its faces are enrolled, for nobody. */
  readonly unnamed: boolean;
}

const IMAGE_ENDING = /\.(jpe?g|jfif|png|webp)$/i;

/**
 * What `aws rekognition list-faces` or CompreFace's `GET /api/v1/recognition/faces` answers, as one page or as a list of pages. It holds
 * no images: they lie in a folder, by their external image id (Rekognition) or by their id (CompreFace).
 *
 * @throws CommandError when it is no such listing or not the whole of it, or none of its images is there.
 */
export function listFaces(file: string, { images, unnamed }: FaceListOptions): Listing {
  const faces = readFaces(file);
  if (images === undefined) {
    throw new CommandError(
      `${file} lists ${faces.length} faces and holds no images. Say where these lie: --images DIR, by external image id (Rekognition) or image id (CompreFace).`,
      EXIT.USAGE,
    );
  }
  const folder = new NamedFiles(images);
  const files: ListedFile[] = [];
  const refused: RefusedFile[] = [];
  for (const shownIn of groupsOf(faces)) {
    const { file: name, externalImageId, person } = shownIn[0]!;
    const found = folder.find(name);
    const isAlone = shownIn.length === 1;
    if (typeof found === 'string') refused.push({ shown: name, reason: found });
    else if (!isAlone && !unnamed) {
      const reason = `shows ${shownIn.length} faces of the listing, and whose is whose cannot be told; --unnamed enrols it for nobody`;
      refused.push({ shown: name, reason });
    } else {
      files.push({ ...found, shown: name, person: isAlone ? personOf(person) : undefined, externalImageId });
    }
  }
  if (files.length > 0) return { files, refused, skipped: new Map() };
  const why = refused.slice(0, 20).map(({ shown, reason }) => `\n  ${shown}: ${reason}`);
  throw new CommandError(`None of the ${faces.length} faces that ${file} lists can be imported.${why.join('')}`);
}

/** Faces of one image together. */
function groupsOf(faces: readonly OtherFace[]): OtherFace[][] {
  const byImage = new Map<string, OtherFace[]>();
  for (const face of faces) byImage.set(face.imageId, [...(byImage.get(face.imageId) ?? []), face]);
  return [...byImage.values()];
}

function personOf(name: string): EnrollPersonInput {
  const externalId = name.normalize('NFC');
  return { create: { displayName: externalId.replaceAll('_', ' '), externalId } };
}

/** The images of a folder, by their names. */
class NamedFiles {
  private readonly byName = new Map<string, string[]>();

  /** @throws CommandError when it is no folder. */
  constructor(private readonly folder: string) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new CommandError(`${folder} is no folder.`, EXIT.USAGE);
    }
    for (const name of readdirSync(folder)) {
      if (name.startsWith('.')) continue;
      for (const key of new Set([name, name.replace(IMAGE_ENDING, '')])) {
        this.byName.set(key, [...(this.byName.get(key) ?? []), name]);
      }
    }
  }

  /** @returns a text: why there is none to take. A name that leads elsewhere is none of the folder's. */
  find(name: string): Pick<ListedFile, 'bytes' | 'modifiedMs' | 'path'> | string {
    const [found, another] = this.byName.get(name) ?? [];
    if (found === undefined) return `is not in ${this.folder}, with or without .jpg, .png or .webp`;
    if (another !== undefined) return `may be ${found} or ${another}`;
    const place = path.join(this.folder, found);
    const stats = statSync(place, { throwIfNoEntry: false });
    if (!stats?.isFile()) return 'is no file';
    if (path.dirname(realpathSync(place)) !== realpathSync(this.folder))
      return 'is a link that leads out of the folder';
    return { path: place, bytes: stats.size, modifiedMs: stats.mtimeMs };
  }
}

/** @throws CommandError. */
function readFaces(file: string): OtherFace[] {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(`${file} cannot be read as JSON: ${(error as Error).message}. Is it whole?`, EXIT.USAGE);
  }
  const pages = (Array.isArray(json) ? json : [json]) as Record<string, unknown>[];
  const faces = pages.flatMap((page, index) => facesOf(file, page, index));
  const total = pages.map((page) => page['total_elements']).find((one) => typeof one === 'number');
  if (total !== undefined && faces.length < total) {
    throw notWhole(file, `${faces.length} of ${total} faces: fetch all pages, and put them into one list`);
  }
  const token = pages.at(-1)?.['NextToken'];
  if (token !== undefined && token !== null) {
    throw notWhole(file, 'a part (it ends with a NextToken): list again without --max-items and --no-paginate');
  }
  return faces;
}

const notWhole = (file: string, what: string): CommandError => new CommandError(`${file} lists ${what}.`, EXIT.USAGE);

function facesOf(file: string, page: Record<string, unknown>, index: number): OtherFace[] {
  const amazon = page?.['Faces'];
  const compreFace = page?.['faces'];
  const faces = Array.isArray(amazon) ? amazon : compreFace;
  if (!Array.isArray(faces)) {
    throw new CommandError(
      `${file} is no list of faces: page ${index + 1} has neither "Faces", as aws rekognition list-faces answers, nor "faces", as CompreFace does.`,
      EXIT.USAGE,
    );
  }
  return faces.map((face: unknown, at) => {
    const place = `face ${at + 1} of page ${index + 1} in ${file}`;
    return faces === amazon ? amazonFace(face, place) : compreFaceFace(face, place);
  });
}

function amazonFace(face: unknown, place: string): OtherFace {
  const imageId = textOf(face, 'ImageId', place);
  const externalImageId = textOf(face, 'ExternalImageId', place);
  const userId = (face as Record<string, unknown>)['UserId'];
  const person = typeof userId === 'string' && userId !== '' ? userId : externalImageId.replace(IMAGE_ENDING, '');
  return { file: externalImageId, imageId, externalImageId, person };
}

function compreFaceFace(face: unknown, place: string): OtherFace {
  const imageId = textOf(face, 'image_id', place);
  return { file: imageId, imageId, externalImageId: imageId, person: textOf(face, 'subject', place) };
}

function textOf(face: unknown, field: string, place: string): string {
  const value = (face as Record<string, unknown> | null)?.[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new CommandError(`The ${place} has no ${field}.`, EXIT.USAGE);
}
