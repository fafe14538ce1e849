import type { UsageQuery } from '@likeness/client';

export type UsageDay = UsageQuery['usage'][number];
export type Measure = Exclude<keyof UsageDay, 'day'>;

/** What is shown of each day, in this order. `unit` MB: counted in bytes. */
export const MEASURES: readonly { readonly name: Measure; readonly label: string; readonly unit?: 'MB' }[] = [
  { name: 'searches', label: 'Searches' },
  { name: 'facesAnalyzed', label: 'Faces analysed' },
  { name: 'imagesEnrolled', label: 'Images added' },
  { name: 'uploads', label: 'Files sent' },
  { name: 'uploadedBytes', label: 'MB sent', unit: 'MB' },
  { name: 'storedBytes', label: 'MB kept', unit: 'MB' },
];

const DAY_MS = 86_400_000;

/** The days (UTC) up to the one that `nowMs` is in, and the moment after it, as `usage` takes them. */
export function periodOf(days: number, nowMs: number): { readonly from: string; readonly to: string } {
  const end = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
  return { from: new Date(end - days * DAY_MS).toISOString(), to: new Date(end).toISOString() };
}

/** Every day of the period, the oldest first: days without use, which the API leaves out, are 0. */
export function everyDay(rows: readonly UsageDay[], { from, to }: { from: string; to: string }): UsageDay[] {
  const known = new Map(rows.map((row) => [Math.floor(Date.parse(row.day) / DAY_MS), row]));
  const days: UsageDay[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += DAY_MS) {
    const none = { searches: 0, facesAnalyzed: 0, imagesEnrolled: 0, uploads: 0, uploadedBytes: 0, storedBytes: 0 };
    days.push(known.get(at / DAY_MS) ?? { day: new Date(at).toISOString(), ...none });
  }
  return days;
}

export function totalOf(days: readonly UsageDay[], measure: Measure): number {
  return days.reduce((sum, row) => sum + row[measure], 0);
}

/** `1,234`, or of bytes `1.2`, in MB. */
export function amount(number: number, unit: 'MB' | undefined): string {
  if (unit === undefined) return number.toLocaleString('en');
  return (number / 1_048_576).toLocaleString('en', { maximumFractionDigits: 1 });
}

/** Rows of a table for a spreadsheet. */
export function csvOf(days: readonly UsageDay[]): string {
  const names = MEASURES.map(({ name }) => name);
  const lines = days.map((row) => [row.day.slice(0, 10), ...names.map((name) => row[name])].join(','));
  return [['day', ...names].join(','), ...lines, ''].join('\n');
}
