import { unzipSync } from 'fflate';
import type { ModelFile } from '../front-ends/front-end';
import { ModelError } from '../model-error';

/** What of a `.keras` archive is read, and how much it may be unpacked; the weights also twenty times what the archive is. */
const MAX_BYTES: Readonly<Record<string, number>> = {
  'config.json': 67_108_864,
  'metadata.json': 1_048_576,
  'model.weights.h5': 67_108_864,
};
const TIMES_ARCHIVE = 20;
/** A model has three or four. */
const MAX_ENTRIES = 1_000;

export const isZip = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'PK\x03\x04';

/** The parts of a `.keras` archive of Keras 3. */
export interface KerasArchive {
  readonly config: ModelFile;
  readonly metadata: ModelFile;
  readonly weights: ModelFile;
}

/** @throws ModelError when it is no such archive, cut short, or unpacks to more than a model can be. */
export function readArchive({ name, bytes }: ModelFile): KerasArchive {
  const entries = unpack(name, bytes);
  const part = (entry: string): ModelFile => {
    const found = entries[entry];
    if (found === undefined) throw new ModelError(`${name} is no model of Keras 3: its archive has no ${entry}`);
    return { name: `${name}'s ${entry}`, bytes: found };
  };
  return { config: part('config.json'), metadata: part('metadata.json'), weights: part('model.weights.h5') };
}

function unpack(name: string, bytes: Uint8Array): Readonly<Record<string, Uint8Array>> {
  let count = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ name: entry, originalSize }) => {
        if (++count > MAX_ENTRIES)
          throw new ModelError(`${name} has more than ${MAX_ENTRIES} entries: it is no model of Keras`);
        if (!Object.hasOwn(MAX_BYTES, entry)) return false;
        const most = entry.endsWith('.h5')
          ? Math.max(MAX_BYTES[entry]!, bytes.length * TIMES_ARCHIVE)
          : MAX_BYTES[entry]!;
        // Memory is taken for what the entry says it is, and no more is written.
        if (originalSize <= most) return true;
        throw new ModelError(`${name} unpacks to more than a model can be: ${entry} says ${originalSize} bytes`);
      },
    });
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(`${name} is no zip archive, or it is cut short or damaged`);
  }
}
