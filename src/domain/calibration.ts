export type Metric = 'COSINE' | 'EUCLIDEAN';

/** Monotone map from a pack's raw distance to false-match rate; see DESIGN in docs/architecture.md. */
export interface Calibration {
  /** Changes when it is refitted; changes no vector. */
  readonly revision: string;
  /**
   * Knots in ascending distance, descending d = -log10(FMR). COSINE distance is 1 - cosine (0-2), EUCLIDEAN is the L2 norm
   * of the difference.
   */
  readonly knots: readonly { readonly distance: number; readonly d: number }[];
  /** d beyond which the impostor pairs ran out and the fit is extrapolated. */
  readonly extrapolatedBeyondD: number;
  /** Distance at which false match and false non-match rates are equal; reported, not part of the scale. */
  readonly equalErrorDistance: number;
  /** What it was fitted on. */
  readonly source: string;
}
