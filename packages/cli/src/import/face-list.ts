import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { EnrollPersonInput } from '@likeness/client';
import { CommandError, EXIT } from '../exit-codes.ts';
import type { ListedFile, Listing, RefusedFile } from './listing.ts';

/** A face that another system has, whose image lies in a folder under a name that the listing knows. */
interface OtherFace {
  /** What the image's file is called, with or without its ending, and the image itself here: several may be called the same. */
  readonly externalImageId: string;
  readonly imageId: string;
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
  const { faces, unfindable } = readFaces(file);
  const count = faces.length + unfindable.length;
  if (images === undefined) {
    throw new CommandError(
      `${file} lists ${count} faces and holds no images. Say where these lie: --images DIR, by external image id (Rekognition) or image id (CompreFace).`,
      EXIT.USAGE,
    );
  }
  const folder = new NamedFiles(images);
  const files: ListedFile[] = [];
  const refused = [...unfindable];
  for (const { shown, found, faces: shownIn } of byFile(faces, folder)) {
    const doubt = typeof found === 'string' ? undefined : doubtOf(shownIn);
    const { externalImageId, person } = shownIn[0]!;
    if (typeof found === 'string') refused.push({ shown, reason: found });
    else if (doubt !== undefined && !unnamed) {
      refused.push({ shown, reason: `${doubt} cannot be told; --unnamed enrols it for nobody` });
    } else files.push({ ...found, shown, person: doubt === undefined ? personOf(person) : undefined, externalImageId });
  }
  if (files.length > 0) return { files, refused, skipped: new Map() };
  const why = refused.slice(0, 20).map(({ shown, reason }) => `\n  ${shown}: ${reason}`);
  throw new CommandError(`None of the ${count} faces that ${file} lists can be imported.${why.join('')}`);
}

interface NamedFile {
  readonly shown: string;
  /** A text: why there is none. */
  readonly found: ReturnType<NamedFiles['find']>;
  /** Whose image it is. */
  readonly faces: OtherFace[];
}

/** Faces of one file together: it is sent once, by whatever names and for however many of the listing's images it is found. */
function byFile(faces: readonly OtherFace[], folder: NamedFiles): NamedFile[] {
  const files = new Map<string, NamedFile>();
  for (const face of faces) {
    const found = folder.find(face.externalImageId);
    const key = typeof found === 'string' ? face.externalImageId : found.path;
    const file = files.get(key) ?? { shown: face.externalImageId, found, faces: [] };
    file.faces.push(face);
    files.set(key, file);
  }
  return [...files.values()];
}

/** What keeps a file from being one person's; undefined: nothing. */
function doubtOf(faces: readonly OtherFace[]): string | undefined {
  const images = new Map<string, number>();
  for (const { imageId } of faces) images.set(imageId, (images.get(imageId) ?? 0) + 1);
  const most = [...images.values()].reduce((one, other) => Math.max(one, other));
  if (most > 1) return `shows ${most} faces of the listing, and whose is whose`;
  const persons = new Set(faces.map(({ person }) => person.normalize('NFC')));
  return persons.size > 1 ? `is what images of ${persons.size} persons are called, and whose it is` : undefined;
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

interface Faces {
  readonly faces: readonly OtherFace[];
  /** Those that say of no file that it is theirs. */
  readonly unfindable: readonly RefusedFile[];
}

/** @throws CommandError. */
function readFaces(file: string): Faces {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(`${file} cannot be read as JSON: ${(error as Error).message}. Is it whole?`, EXIT.USAGE);
  }
  const pages = (Array.isArray(json) ? json : [json]) as Record<string, unknown>[];
  const listed = pages.flatMap((page, index) => facesOf(file, page, index));
  const total = pages.map((page) => page['total_elements']).find((one) => typeof one === 'number');
  if (total !== undefined && listed.length < total) {
    throw notWhole(file, `${listed.length} of ${total} faces: fetch all pages, and put them into one list`);
  }
  // The last page has no token, and may stand anywhere: page-10.json comes before page-2.json.
  if (pages.length > 0 && pages.every(({ NextToken: token }) => token !== undefined && token !== null)) {
    throw notWhole(file, 'a part (each page ends with a NextToken): list again without --max-items and --no-paginate');
  }
  return {
    faces: listed.filter((one): one is OtherFace => !('reason' in one)),
    unfindable: listed.filter((one): one is RefusedFile => 'reason' in one),
  };
}

const notWhole = (file: string, what: string): CommandError => new CommandError(`${file} lists ${what}.`, EXIT.USAGE);

function facesOf(file: string, page: Record<string, unknown>, index: number): (OtherFace | RefusedFile)[] {
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

/** Who indexes a face there need not say a name of its image. */
function amazonFace(face: unknown, place: string): OtherFace | RefusedFile {
  const imageId = textOf(face, 'ImageId', place);
  const { ExternalImageId: named, UserId: userId } = face as Record<string, unknown>;
  if (named === undefined || named === null) {
    return { shown: imageId, reason: 'has no ExternalImageId, by which its image could be found' };
  }
  const externalImageId = textOf(face, 'ExternalImageId', place);
  const person = typeof userId === 'string' && userId !== '' ? userId : externalImageId.replace(IMAGE_ENDING, '');
  return { imageId, externalImageId, person };
}

function compreFaceFace(face: unknown, place: string): OtherFace {
  const imageId = textOf(face, 'image_id', place);
  return { imageId, externalImageId: imageId, person: textOf(face, 'subject', place) };
}

function textOf(face: unknown, field: string, place: string): string {
  const value = (face as Record<string, unknown> | null)?.[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new CommandError(`The ${place} has no ${field}.`, EXIT.USAGE);
}
