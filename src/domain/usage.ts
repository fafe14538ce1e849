/** What a tenant is billed for. */
export interface UsageAmounts {
  /** Searches, verifications and comparisons that were answered. */
  readonly searches: number;
  /** Faces that were analysed; an image counts as one at least. */
  readonly facesAnalyzed: number;
  readonly imagesEnrolled: number;
  /** Files that were received. */
  readonly uploads: number;
  readonly uploadedBytes: number;
  /** Bytes of enrolled images, as they are stored. */
  readonly storedBytes: number;
}

export const NO_USAGE: UsageAmounts = {
  searches: 0,
  facesAnalyzed: 0,
  imagesEnrolled: 0,
  uploads: 0,
  uploadedBytes: 0,
  storedBytes: 0,
};

/** Both together. */
export function addUsage(one: UsageAmounts, other: Partial<UsageAmounts>): UsageAmounts {
  return {
    searches: one.searches + (other.searches ?? 0),
    facesAnalyzed: one.facesAnalyzed + (other.facesAnalyzed ?? 0),
    imagesEnrolled: one.imagesEnrolled + (other.imagesEnrolled ?? 0),
    uploads: one.uploads + (other.uploads ?? 0),
    uploadedBytes: one.uploadedBytes + (other.uploadedBytes ?? 0),
    storedBytes: one.storedBytes + (other.storedBytes ?? 0),
  };
}

/** A day in UTC, as `2026-11-29`. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
