import type { Calibration } from '../../src/domain/calibration';
import { sha256Of } from '../inference/checksum';
import { fitCalibration } from './calibration-fit';
import { fitIdentification } from './identification-fit';
import type { LabelledVectors } from './labelled-vectors';
import { allPairDistances } from './pair-statistics';

/** A set that a pack's scale is fitted on. */
export interface FittingSet {
  readonly vectors: LabelledVectors;
  /** Who may be drawn into galleries: leave out those who are in the set under two names. */
  readonly pool: readonly string[];
  /** What it is, for the manifest. */
  readonly source: string;
}

/**
 * Fits a pack's similarity scale on all cross-identity pairs, and how chances add up in a gallery where the set is large
 * enough to tell.
 *
 * @param keep a scale to leave as it is, so that only the latter is fitted.
 */
export function fitPack({ vectors, pool, source }: FittingSet, keep?: Calibration): Calibration {
  const {
    revision: _revision,
    identification: _identification,
    ...kept
  } = keep ?? {
    ...fitCalibration(allPairDistances(vectors)),
    revision: '',
    identification: undefined,
    source,
  };
  const fit = fitIdentification(vectors, pool, kept);
  const shape = { ...kept, ...(fit === undefined ? {} : { identification: { ...fit, source } }) };
  return { revision: sha256Of(Buffer.from(JSON.stringify(shape))).slice(0, 12), ...shape };
}
