import type { ApiKeyScope, JobState, UnindexedReason } from '@likeness/client';

/** Why a face cannot be found by searches, said to whoever looks at it. */
export const REASONS: Readonly<Record<UnindexedReason, string>> = {
  EXCEEDS_MAX_FACES: 'Another, larger face of the image was taken',
  EXTREME_POSE: 'Turned too far away',
  LOW_BRIGHTNESS: 'Too dark',
  LOW_CONFIDENCE: 'Perhaps no face at all',
  LOW_FACE_QUALITY: 'Hard to make out',
  NOT_REEMBEDDED: 'Its image was gone when the collection moved to another pack',
  LOW_SHARPNESS: 'Too blurred',
  MISALIGNED: 'Its features cannot be told apart',
  SMALL_BOUNDING_BOX: 'Too small',
};

/** What a key may do. */
export const SCOPES: Readonly<Record<ApiKeyScope, { readonly title: string; readonly text: string }>> = {
  READ: { title: 'Look', text: 'See people, faces, images and jobs' },
  SEARCH: { title: 'Search', text: 'Ask who is in an image; sees name and similarity of a match' },
  SEARCH_DETAILS: {
    title: 'Search with pictures',
    text: 'See the face that matched and what else is known of a person',
  },
  ENROLL: { title: 'Add images', text: 'Send images and have their faces added' },
  WRITE: { title: 'Change', text: 'Name, move and delete people, faces and collections' },
  AUDIT: { title: 'Audit', text: 'Read who did what, and when' },
  ADMIN: { title: 'Manage keys', text: 'Make, replace and end keys' },
};

export const JOB_STATES: Readonly<Record<JobState, string>> = {
  QUEUED: 'Waiting',
  IN_PROGRESS: 'Working',
  SUCCEEDED: 'Done',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
};

/** How good a reference a face makes. @param score 0-100. */
export function qualityOf(score: number): { readonly word: string; readonly colour: string } {
  if (score >= 75) return { word: 'Very good', colour: 'teal' };
  if (score >= 50) return { word: 'Good', colour: 'green' };
  if (score >= 25) return { word: 'Fair', colour: 'yellow' };
  return { word: 'Poor', colour: 'orange' };
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** How often a stranger gets a match. @param share 0-1. */
export function strangers(share: number): string {
  if (share <= 0) return 'never';
  const oneIn = 1 / share;
  if (oneIn < 2) return 'nearly always';
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(oneIn)) - 1);
  return `about 1 in ${(Math.round(oneIn / digits) * digits).toLocaleString('en')}`;
}

const STEPS: readonly [limitMs: number, unitMs: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [3_600_000, 60_000, 'minute'],
  [86_400_000, 3_600_000, 'hour'],
  [30 * 86_400_000, 86_400_000, 'day'],
  [365 * 86_400_000, 30 * 86_400_000, 'month'],
  [Infinity, 365 * 86_400_000, 'year'],
];

/** `3 hours ago`, `in 2 days`. */
export function when(time: string, nowMs: number): string {
  const distance = Date.parse(time) - nowMs;
  if (Math.abs(distance) < 60_000) return 'just now';
  const [, unitMs, unit] = STEPS.find(([limitMs]) => Math.abs(distance) < limitMs)!;
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(Math.round(distance / unitMs), unit);
}

/** `23 Nov 2026`. */
export function day(time: string): string {
  return new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

export function size(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
