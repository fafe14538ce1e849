import { operatingPoints } from '../../domain/calibration';
import { roundDistance, roundSimilarity } from '../../domain/rounding';
import type { PackDescription } from '../../ports/face-analyzer';

/** A pack as the API shows it. */
export function presentPack(pack: PackDescription) {
  return {
    id: pack.id,
    name: pack.name,
    version: pack.version,
    description: pack.description,
    dimension: pack.dimension,
    metric: pack.metric,
    licence: pack.licence,
    commercialUse: pack.commercialUse,
    calibrated: pack.calibration !== null,
    calibrationRevision: pack.calibration?.revision ?? null,
    operatingPoints: (pack.calibration ? operatingPoints(pack.calibration) : []).map((point) => ({
      falseMatchRate: point.falseMatchRate,
      similarity: roundSimilarity(point.similarity),
      distance: roundDistance(point.distance),
    })),
  };
}
