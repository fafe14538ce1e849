import { similarityOf } from '../../domain/calibration';
import { distanceBetween } from '../../domain/distance';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { FaceRecord, FaceWithVector } from '../../records/face';
import type { PersonRecord } from '../../records/person';

export interface ScoredFace {
  readonly face: FaceRecord;
  /** 0-100. */
  readonly similarity: number;
  readonly distance: number;
}

export interface PersonMatch {
  /** Null for a face that nobody has been named for. */
  readonly person: PersonRecord | null;
  readonly similarity: number;
  readonly distance: number;
  /** The face that matched best. */
  readonly face: FaceRecord;
  /** Other faces of the same person over the threshold, nearest first, at most `MAX_SUPPORTING_FACES`. */
  readonly supportingFaces: readonly ScoredFace[];
}

export const MAX_SUPPORTING_FACES = 10;

/** Scores stored faces against a probe exactly, from the float32 vectors; nearest first. */
export function scoreFaces(
  pack: CalibratedPack,
  probe: Float32Array,
  faces: readonly FaceWithVector[],
  distanceOf: (distance: number) => number = (distance) => distance,
): ScoredFace[] {
  return faces
    .map((face) => {
      const distance = distanceOf(distanceBetween(pack.metric, probe, face.vector));
      return { face, distance, similarity: similarityOf(pack.calibration, distance) };
    })
    .sort((a, b) => a.distance - b.distance || (a.face.id < b.face.id ? -1 : 1));
}

/**
 * The nearest of several lists (each nearest first), `max` at most: one of each list in turn, so that no list's long tail
 * costs another its near ones.
 */
export function takeNearest<T>(lists: readonly (readonly T[])[], max: number): Set<T> {
  const taken = new Set<T>();
  for (let rank = 0; lists.some((list) => rank < list.length); rank += 1) {
    for (const list of lists) {
      if (taken.size >= max) return taken;
      if (rank < list.length) taken.add(list[rank]!);
    }
  }
  return taken;
}

/** Groups scored faces (nearest first) by person; each unassigned face stands alone. */
export function groupByPerson(scored: readonly ScoredFace[], limit: number): PersonMatch[] {
  const groups = new Map<string, ScoredFace[]>();
  for (const hit of scored) {
    const key = hit.face.person?.id ?? hit.face.id;
    const group = groups.get(key);
    if (group) group.push(hit);
    else groups.set(key, [hit]);
  }
  return [...groups.values()].slice(0, limit).map(([best, ...others]) => ({
    person: best!.face.person,
    similarity: best!.similarity,
    distance: best!.distance,
    face: best!.face,
    supportingFaces: others.slice(0, MAX_SUPPORTING_FACES),
  }));
}
