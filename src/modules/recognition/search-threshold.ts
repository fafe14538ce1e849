import type { Identification } from '../../domain/calibration';
import { automaticThreshold, type Gallery } from '../../domain/identification';
import type { CollectionRecord } from '../../records/collection';

export type ThresholdSource = 'REQUEST' | 'COLLECTION' | 'AUTOMATIC';

/** The request's, else the strictest of the collections' own and of the automatic one that those without use. */
export function chooseThreshold(
  requested: number | null | undefined,
  collections: readonly CollectionRecord[],
  gallery: Gallery,
  fit: Identification | undefined,
): { threshold: number; thresholdSource: ThresholdSource } {
  if (requested !== null && requested !== undefined) return { threshold: requested, thresholdSource: 'REQUEST' };
  const own = collections.flatMap((one) => (one.similarityThreshold === null ? [] : [one.similarityThreshold]));
  const automatic = collections
    .filter((one) => one.similarityThreshold === null)
    .map((one) => automaticThreshold(gallery, fit, one.targetFpir));
  const strictestOwn = Math.max(-1, ...own);
  const strictestAutomatic = Math.max(-1, ...automatic);
  return strictestOwn >= strictestAutomatic
    ? { threshold: strictestOwn, thresholdSource: 'COLLECTION' }
    : { threshold: strictestAutomatic, thresholdSource: 'AUTOMATIC' };
}
