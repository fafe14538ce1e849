import { errorCurve, type ErrorPoint } from './error-curves';
import { drawLineChart, type Axis } from './line-chart';
import type { AllPairs } from './pair-statistics';

/** Sets of pairs by what they are called in the legend. */
export type NamedPairs = readonly (readonly [label: string, pairs: AllPairs])[];

/** Below it a share of errors is drawn at the edge: no set is large enough to tell. */
const LEAST_RATE = 1e-4;

/** A logarithm down to the power of ten below the least rate that the pairs can show. */
function rateAxis(label: string, counts: readonly number[]): Axis {
  const least = 10 ** Math.floor(-Math.log10(Math.max(...counts)) + 1e-9);
  return { label, scale: 'LOG', range: [Math.max(1e-8, Math.min(0.1, least)), 1] };
}

/** The detection error trade-off (ISO/IEC 19795-1): false non-matches over false matches, both on logarithms. */
export function detChart(title: string, sets: NamedPairs): string {
  const x = rateAxis(
    'false-match rate',
    sets.map(([, { impostor }]) => impostor.length),
  );
  const y: Axis = { label: 'false non-match rate', scale: 'LOG', range: [LEAST_RATE, 1] };
  return drawLineChart({ title, x, y, lines: linesOf(sets, ({ falseNonMatchRate }) => falseNonMatchRate) });
}

/** The receiver operating characteristic: true matches over false matches, these on a logarithm. */
export function rocChart(title: string, sets: NamedPairs): string {
  const x = rateAxis(
    'false-match rate',
    sets.map(([, { impostor }]) => impostor.length),
  );
  const lines = linesOf(sets, ({ falseNonMatchRate }) => 1 - falseNonMatchRate);
  const least = Math.min(...lines.flatMap(({ points }) => points.map(([, rate]) => rate)));
  // A good net fills the top of the plot: what is below the least rate is left out.
  const from = Math.max(0, Math.floor((least - 1e-9) * 20) / 20);
  return drawLineChart({ title, x, y: { label: 'true-match rate', scale: 'LINEAR', range: [from, 1] }, lines });
}

function linesOf(sets: NamedPairs, of: (point: ErrorPoint) => number) {
  return sets.map(([label, pairs]) => ({
    label,
    points: errorCurve(pairs).map((point) => [point.falseMatchRate, of(point)] as const),
  }));
}
