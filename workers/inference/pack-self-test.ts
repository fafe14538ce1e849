import { COMPARISON_THRESHOLD, distanceAtSimilarity } from '../../src/domain/calibration';
import { cropImage } from '../pipeline/image';
import { distanceBetween } from '../../src/domain/distance';
import { decodeImage } from './image-decoder';
import type { PackEngine } from './pack-engine';
import { readChecked, type LocatedPack } from './pack-files';

const SAME_INPUT = 1e-5;

/**
 * Shows the pack two photographs of different people before it serves. Also warms the nets up.
 *
 * @throws Error when a face is not found, a vector changes from one run to the next or in a batch, or two people look alike.
 */
export async function selfTest(engine: PackEngine, pack: LocatedPack): Promise<void> {
  const faces = [];
  for (const { photo, ...box } of pack.manifest.selfTest) {
    const { bytes } = await readChecked(pack, photo);
    const pixels = cropImage((await decodeImage(bytes)).pixels, box);
    const options = { maxFaces: 1, keep: 'LARGEST', qualityFilter: 'NONE', embed: true, reduction: 1 } as const;
    const [face] = await engine.find(pixels, options, { detect: 0, landmarks: 0, align: 0 });
    if (face?.aligned === undefined) throw new Error(`Self-test of ${engine.id}: no face in a photograph of one`);
    faces.push(face.aligned);
  }
  const alone = usable([...(await engine.embed([faces[0]!])), ...(await engine.embed([faces[1]!]))], engine);
  const batched = usable(await engine.embed(faces), engine);
  for (const [i, vector] of alone.entries()) {
    if (vector.some((value, k) => Math.abs(value - batched[i]![k]!) > SAME_INPUT)) {
      throw new Error(`Self-test of ${engine.id}: a face's vector depends on its batch`);
    }
  }
  const { metric, calibration } = pack.manifest;
  const distance = distanceBetween(metric, alone[0]!, alone[1]!);
  if (distance < (calibration ? distanceAtSimilarity(calibration, COMPARISON_THRESHOLD) : SAME_INPUT))
    throw new Error(`Self-test of ${engine.id}: two different people look alike`);
}

function usable(vectors: (Float32Array | undefined)[], { id }: PackEngine): Float32Array[] {
  return vectors.map((vector) => {
    if (vector === undefined) throw new Error(`Self-test of ${id}: a face gave no usable vector`);
    return vector;
  });
}
