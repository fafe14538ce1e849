import type { TenantFieldsFragment } from '@likeness/client';

export type LimitName = Exclude<keyof TenantFieldsFragment['limits'], '__typename'>;
export type TenantLimits = Readonly<Partial<Record<LimitName, number | null>>>;

/** What each limit bounds, in words. */
export const LIMITS: readonly { readonly name: LimitName; readonly label: string; readonly isHourly?: boolean }[] = [
  { name: 'maxPersons', label: 'People' },
  { name: 'maxFaces', label: 'Faces' },
  { name: 'maxCollections', label: 'Collections' },
  { name: 'maxImageMegabytes', label: 'MB of images kept' },
  { name: 'maxOpenUploadMegabytes', label: 'MB sent and not used yet' },
  { name: 'maxSearchesHourly', label: 'Searches an hour', isHourly: true },
  { name: 'maxFacesAnalyzedHourly', label: 'Faces analysed an hour', isHourly: true },
  { name: 'maxUploadsHourly', label: 'Files sent an hour', isHourly: true },
  { name: 'maxUploadMegabytesHourly', label: 'MB sent an hour', isHourly: true },
  { name: 'maxKeySharePercent', label: 'Percent of these that one key may take', isHourly: true },
  { name: 'maxPersonsNamedHourly', label: 'People an hour that a key without Look may name', isHourly: true },
  { name: 'maxNearMatchesHourly', label: 'Near matches an hour with one person, without Look', isHourly: true },
];

/** What was typed into the fields; empty is no limit. */
export type TypedLimits = Readonly<Partial<Record<LimitName, number | string>>>;

export function typedOf(limits: TenantLimits | undefined): TypedLimits {
  return Object.fromEntries(LIMITS.map(({ name }) => [name, limits?.[name] ?? '']));
}

/** The limits that were typed and are not what they were: what `limits` of a mutation takes. */
export function changedLimits(typed: TypedLimits, before: TenantLimits): Partial<Record<LimitName, number | null>> {
  const changed: Partial<Record<LimitName, number | null>> = {};
  for (const [name, value] of Object.entries(typed) as [LimitName, number | string][]) {
    const limit = value === '' ? null : Number(value);
    if (limit !== (before[name] ?? null)) changed[name] = limit;
  }
  return changed;
}
