import { createReadStream, realpathSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { MAX_IMAGE_BYTES } from '@likeness/client';
import { CommandError } from '../exit-codes.ts';
import { statOf } from '../stat-of.ts';
import { facesOf, LineProblem, numberOf, objectOf, textOf, textOrNull, type Fields } from './checks.ts';
import { VERSION, type End, type ExportedImage, type ExportedPerson } from './format.ts';

/** With the number of its line, from 1. */
export type Numbered<T> = T & { readonly line: number };

/** An export as it lies on the disk, checked from its first line to its last. */
export interface ReadExport {
  readonly file: string;
  /** The collection that was exported. */
  readonly originId: string;
  readonly persons: readonly Numbered<ExportedPerson>[];
  readonly images: readonly Numbered<ExportedImage>[];
}

/** Told at most; whoever mends these sees the next. */
const MOST_PROBLEMS = 20;
const COLLECTION = [
  'id',
  'name',
  'description',
  'modelPack',
  'similarityThreshold',
  'targetFpir',
  'qualityFilter',
  'retentionDays',
];
const PERSON = ['id', 'displayName', 'externalId', 'metadata', 'aliases', 'bornOn', 'diedOn'];
const IMAGE = ['id', 'sha256', 'mime', 'width', 'height', 'bytes', 'takenAt', 'externalImageId', 'file', 'faces'];

/**
 * Reads an export and looks at all of it before anything is done with it.
 * @throws CommandError naming file and line of whatever is wrong.
 */
export async function readExport(file: string): Promise<ReadExport> {
  const reader = new Reader(file);
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line += 1;
    if (line === 1 || text.trim() !== '') reader.take(text, line);
    if (reader.isHopeless) break;
  }
  return reader.finish(line);
}

class Reader implements ReadExport {
  originId = '';
  readonly persons: Numbered<ExportedPerson>[] = [];
  readonly images: Numbered<ExportedImage>[] = [];
  private readonly problems: string[] = [];
  private readonly lineOfPerson = new Map<string, number>();
  private readonly lineOfExternalId = new Map<string, number>();
  private end: End | undefined;
  private readonly folder: string;

  constructor(readonly file: string) {
    this.folder = path.dirname(file);
  }

  get isHopeless(): boolean {
    return this.problems.length >= MOST_PROBLEMS || (this.originId === '' && this.problems.length > 0);
  }

  take(text: string, line: number): void {
    try {
      const value = parsed(text);
      if (line === 1) this.originId = originOf(value);
      else this.takeLine(objectOf(value, 'the line', ['person', 'image', 'end']), line);
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      this.refuse(line, error.message);
    }
  }

  /** @param lines of the file. */
  finish(lines: number): ReadExport {
    if (this.originId === '' && this.problems.length === 0) this.refuse(1, 'the file is empty');
    if (!this.isHopeless) this.checkWhole(lines);
    if (this.problems.length > 0) {
      throw new CommandError(`Nothing was imported. Mend this and run it again:\n  ${this.problems.join('\n  ')}`);
    }
    return this;
  }

  private takeLine(fields: Fields, line: number): void {
    if (this.end) throw new LineProblem('comes after the line that ends the export');
    if (Object.keys(fields).length !== 1) throw new LineProblem('is neither a person nor an image nor the end');
    if ('person' in fields) this.takePerson(personOf(fields['person']), line);
    else if ('image' in fields) this.takeImage(imageOf(fields['image']), line);
    else {
      const end = objectOf(fields['end'], 'end', ['persons', 'images', 'faces']);
      const count = (name: string): number => numberOf(end, name, 'end');
      this.end = { persons: count('persons'), images: count('images'), faces: count('faces') };
    }
  }

  private takePerson(person: ExportedPerson, line: number): void {
    const twin = this.lineOfPerson.get(person.id);
    if (twin) throw new LineProblem(`is of the person of line ${twin}, too`);
    this.lineOfPerson.set(person.id, line);
    const { externalId } = person;
    const sameId = externalId == null ? undefined : this.lineOfExternalId.get(externalId);
    if (sameId) throw new LineProblem(`has the externalId of the person of line ${sameId}`);
    if (externalId != null) this.lineOfExternalId.set(externalId, line);
    this.persons.push({ ...person, line });
  }

  private takeImage(image: ExportedImage, line: number): void {
    if (image.file !== null) {
      const place = path.resolve(this.folder, image.file);
      const stats = statOf(place);
      if (!stats?.isFile()) throw new LineProblem(`names the file ${image.file}, which is not there`);
      const root = realpathSync(this.folder);
      if (!realpathSync(place).startsWith(root + path.sep)) {
        throw new LineProblem(`names the file ${image.file}, which is not in the folder of the export`);
      }
      if (stats.size > MAX_IMAGE_BYTES)
        throw new LineProblem(`names the file ${image.file}, which is larger than 15 MB`);
    }
    this.images.push({ ...image, line });
  }

  private checkWhole(lines: number): void {
    if (!this.end) {
      return this.refuse(
        lines,
        'is the last line, and no {"end": ...}: the file is not whole. Export or copy it again',
      );
    }
    for (const kind of ['persons', 'images'] as const) {
      const [told, found] = [this.end[kind], this[kind].length];
      if (told === found) continue;
      this.refuse(lines, `says ${told} ${kind}, and ${found} are here. If lines were left out on purpose, correct it`);
    }
    for (const { line, faces } of this.images) {
      const absent = faces.findIndex(({ person }) => person !== null && !this.lineOfPerson.has(person));
      if (absent >= 0) this.refuse(line, `faces[${absent}] is of a person who has no line`);
    }
  }

  private refuse(line: number, problem: string): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(`${this.file}:${line}: ${problem}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new LineProblem('is no JSON');
  }
}

/** @returns the id of the collection that the first line tells. */
function originOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('likenessExport' in value)) {
    throw new LineProblem('is not the first line of an export: {"likenessExport": 1, ...}');
  }
  if (value.likenessExport !== VERSION) {
    throw new LineProblem(
      `is of version ${String(value.likenessExport)} of exports, and this program reads version ${VERSION}. Use the likeness of the version that wrote it`,
    );
  }
  const header = objectOf(value, 'the line', ['likenessExport', 'exportedAt', 'collection', 'images']);
  const collection = objectOf(header['collection'], 'collection', COLLECTION);
  return textOf(collection, 'id', 'collection');
}

function personOf(value: unknown): ExportedPerson {
  const person = objectOf(value, 'person', PERSON);
  const { metadata = {}, aliases = [] } = person;
  if (!Array.isArray(aliases) || !aliases.every((alias) => typeof alias === 'string')) {
    throw new LineProblem('aliases of person is no list of texts');
  }
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw new LineProblem('metadata of person is no object');
  }
  return {
    id: textOf(person, 'id', 'person'),
    displayName: textOf(person, 'displayName', 'person'),
    externalId: textOrNull(person, 'externalId', 'person'),
    metadata: metadata as Record<string, unknown>,
    aliases,
    bornOn: textOrNull(person, 'bornOn', 'person'),
    diedOn: textOrNull(person, 'diedOn', 'person'),
  };
}

function imageOf(value: unknown): ExportedImage {
  const image = objectOf(value, 'image', IMAGE);
  const takenAt = textOrNull(image, 'takenAt', 'image');
  if (takenAt !== null && Number.isNaN(Date.parse(takenAt))) throw new LineProblem('takenAt of image is no time');
  const sha256 = textOf(image, 'sha256', 'image');
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new LineProblem('sha256 of image is not 64 hexadecimal digits');
  return {
    id: textOf(image, 'id', 'image'),
    sha256,
    mime: textOf(image, 'mime', 'image'),
    width: numberOf(image, 'width', 'image'),
    height: numberOf(image, 'height', 'image'),
    bytes: numberOf(image, 'bytes', 'image'),
    takenAt,
    externalImageId: textOrNull(image, 'externalImageId', 'image'),
    file: textOrNull(image, 'file', 'image'),
    faces: facesOf(image['faces']),
  };
}
