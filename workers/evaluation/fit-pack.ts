import type { Calibration, Metric } from '../../src/domain/calibration';
import { sha256Of } from '../inference/checksum';
import { fitCalibration } from './calibration-fit';
import { fitGrouping } from './grouping-fit';
import { fitReferences } from './references-fit';
import { fitIdentification } from './identification-fit';
import type { LabelledVectors } from './labelled-vectors';
import { allPairDistances } from './pair-statistics';

/** A set that a pack's scale is fitted on. */
export interface FittingSet {
  readonly metric: Metric;
  readonly vectors: LabelledVectors;
  /** Who may be drawn into galleries: leave out those who are in the set under two names. */
  readonly pool: readonly string[];
  /** What it is, for the manifest. */
  readonly source: string;
}

/**
 * Fits a pack's similarity scale on all cross-identity pairs, and, where the set is large enough to tell, how chances add up in a
 * gallery, from which similarity faces are grouped and from where references are doubted.
 *
 * @param keep a scale to leave as it is, so that only the latter are fitted.
 */
export async function fitPack({ metric, vectors, pool, source }: FittingSet, keep?: Calibration): Promise<Calibration> {
  const {
    revision: _revision,
    identification: _identification,
    grouping: _grouping,
    references: _references,
    ...kept
  } = keep ?? {
    ...fitCalibration(allPairDistances(vectors)),
    revision: '',
    identification: undefined,
    grouping: undefined,
    references: undefined,
    source,
  };
  const fit = fitIdentification(vectors, pool, kept);
  const shape = { ...kept, ...(fit === undefined ? {} : { identification: { ...fit, source } }) };
  // The revision names the scale: where groups are joined and references doubted are settings on it.
  const calibration = { revision: sha256Of(Buffer.from(JSON.stringify(shape))).slice(0, 12), ...shape };
  const grouping = await fitGrouping(vectors, metric, calibration);
  const references = fitReferences(vectors, pool, metric, calibration);
  return {
    ...calibration,
    ...(grouping === undefined ? {} : { grouping: { ...grouping, source } }),
    ...(references === undefined ? {} : { references: { ...references, source } }),
  };
}
