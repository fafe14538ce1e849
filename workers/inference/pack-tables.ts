import { z } from 'zod';
import type { EmbedderTables } from './face-embedder';
import { readChecked, type LocatedPack } from './pack-files';
import type { PackEmbedder, PackFile } from './pack-manifest';

const centreSchema = z.object({ mean: z.array(z.number()) });

/**
 * Reads what an embedder's vectors are moved and multiplied by.
 *
 * @throws Error naming the file when it is damaged, is none of its kind or does not fit the embedder.
 */
export async function readTables(pack: LocatedPack, embedder: PackEmbedder): Promise<EmbedderTables> {
  const { centre, projection, dimension } = embedder;
  const numbers = projection?.from ?? dimension;
  return {
    ...(centre && { centre: await readCentre(pack, centre, numbers) }),
    ...(projection && { projection: await readMatrix(pack, projection.file, numbers * dimension) }),
  };
}

async function readCentre(pack: LocatedPack, file: PackFile, numbers: number): Promise<Float32Array> {
  const { name, bytes } = await readChecked(pack, file);
  const parsed = centreSchema.safeParse(jsonOf(bytes));
  if (!parsed.success) {
    throw new Error(`${name} of pack ${pack.manifest.name} is no centre: it must be JSON with a "mean" of numbers`);
  }
  const { mean } = parsed.data;
  if (mean.length !== numbers) {
    throw new Error(`${name} of pack ${pack.manifest.name} has ${mean.length} numbers where its net gives ${numbers}`);
  }
  return Float32Array.from(mean);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

async function readMatrix(pack: LocatedPack, file: PackFile, numbers: number): Promise<Float32Array> {
  const { name, bytes } = await readChecked(pack, file);
  if (bytes.length !== numbers * 4) {
    throw new Error(`${name} of pack ${pack.manifest.name} has ${bytes.length} bytes, not ${numbers * 4}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: numbers }, (_, i) => view.getFloat32(4 * i, true));
}
