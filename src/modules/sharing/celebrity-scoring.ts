import { similarityOf } from '../../domain/calibration';
import { distanceBetween } from '../../domain/distance';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { PublishedFace } from '../../records/shared-gallery';

/** The person who is most like a face. */
export interface Nearest {
  readonly person: Omit<PublishedFace, 'vector' | 'vectorKey'>;
  /** 0-100. */
  readonly similarity: number;
}

/** Scored exactly, from the stored vectors. @param among keys of the faces that are compared; others are of another probe's. */
export function nearestOf(
  pack: Pick<CalibratedPack, 'metric' | 'calibration'>,
  probe: Float32Array,
  faces: readonly PublishedFace[],
  among: ReadonlySet<bigint>,
): Nearest | null {
  let nearest: { face: PublishedFace; distance: number } | null = null;
  for (const face of faces) {
    if (!among.has(face.vectorKey)) continue;
    const distance = distanceBetween(pack.metric, probe, face.vector);
    if (!nearest || distance < nearest.distance) nearest = { face, distance };
  }
  if (!nearest) return null;
  const { vector: _vector, vectorKey: _key, ...person } = nearest.face;
  return { person, similarity: similarityOf(pack.calibration, nearest.distance) };
}
