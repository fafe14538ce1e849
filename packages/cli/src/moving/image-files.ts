import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError } from '../exit-codes.ts';
import { IMAGES_FOLDER } from './format.ts';
import { xmpOf, type NamedFace } from './xmp.ts';

const ATTEMPTS = 3;
const TIMEOUT_MS = 60_000;

interface StoredImage {
  readonly id: string;
  readonly url: string;
  readonly sha256: string;
  readonly mime: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The files of an export's images, named by their digests: one that is there from an export that was stopped is not fetched again. */
export class ImageFiles {
  constructor(
    private readonly folder: string,
    private readonly server: string,
    private readonly signal: AbortSignal,
  ) {
    mkdirSync(path.join(folder, IMAGES_FOLDER), { recursive: true, mode: 0o700 });
  }

  /** @returns its name, relative to the folder. @throws CommandError when it cannot be fetched. */
  async save(image: StoredImage): Promise<string> {
    const name = `${IMAGES_FOLDER}/${image.sha256}.${image.mime === 'image/png' ? 'png' : 'jpg'}`;
    const place = path.join(this.folder, name);
    if (isWhole(place, image)) return name;
    const bytes = await this.fetch(image);
    const next = `${place}.${image.id}.part`;
    writeFileSync(next, bytes, { mode: 0o600 });
    renameSync(next, place);
    return name;
  }

  /** Puts a sidecar beside an image. @param name of the image. */
  describe(name: string, { width, height }: StoredImage, faces: readonly NamedFace[]): void {
    const place = path.join(this.folder, name.replace(/\.\w+$/, '.xmp'));
    writeFileSync(place, xmpOf(width, height, faces), { mode: 0o600 });
  }

  private async fetch({ id, url, sha256 }: StoredImage): Promise<Buffer> {
    let problem = '';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      this.signal.throwIfAborted();
      try {
        const signal = AbortSignal.any([this.signal, AbortSignal.timeout(TIMEOUT_MS)]);
        const response = await fetch(new URL(url, this.server), { signal });
        const bytes = Buffer.from(await response.arrayBuffer());
        if (response.ok && sha256Of(bytes) === sha256) return bytes;
        problem = response.ok ? 'other bytes came than are on record' : `the server answered ${response.status}`;
      } catch (error) {
        problem = (error as Error).message;
      }
    }
    this.signal.throwIfAborted();
    throw new CommandError(
      `The image ${id} cannot be fetched: ${problem}. Export again: what is there is not fetched twice.`,
    );
  }
}

function isWhole(place: string, { bytes, sha256 }: StoredImage): boolean {
  return statSync(place, { throwIfNoEntry: false })?.size === bytes && sha256Of(readFileSync(place)) === sha256;
}
