import { isId, newId } from '../../domain/ids';
import { findMetadataProblem, findTypedTextProblem } from '../../domain/storable';
import type { PersonTarget } from './enrollment-shapes';

/** Whose face it is: exactly one of the three. */
export interface PersonChoice {
  readonly id?: string | null;
  readonly externalId?: string | null;
  readonly create?: {
    readonly displayName: string;
    readonly externalId?: string | null;
    readonly metadata?: Readonly<Record<string, unknown>> | null;
  } | null;
}

const MAX_TEXT = 255;

/** Notes that the field at a path breaks a rule. */
export type Refuse = (path: string, rule: string) => void;

export const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;

export function checkText(value: string | null | undefined, path: string, refuse: Refuse): void {
  if (!isGiven(value)) return;
  if (value.length < 1 || value.length > MAX_TEXT) return refuse(path, `must have 1 to ${MAX_TEXT} characters`);
  const problem = findTypedTextProblem(value);
  if (problem !== undefined) refuse(path, problem);
}

/** Within a request the same externalId is the same person: they share the id that is given out here. */
export function targetOf(
  choice: PersonChoice | null,
  path: string,
  createdByExternalId: Map<string, string>,
  refuse: Refuse,
): PersonTarget | null {
  if (!choice) return null;
  const given = [choice.id, choice.externalId, choice.create].filter(isGiven);
  if (given.length !== 1) {
    refuse(path, 'must have exactly one of id, externalId and create');
    return null;
  }
  if (isGiven(choice.id)) {
    if (!isId(choice.id)) refuse(`${path}.id`, 'must be the id of a person');
    return { kind: 'ID', personId: choice.id };
  }
  if (isGiven(choice.externalId)) {
    checkText(choice.externalId, `${path}.externalId`, refuse);
    return { kind: 'EXTERNAL_ID', externalId: choice.externalId };
  }
  const { displayName, externalId = null, metadata } = choice.create!;
  checkText(displayName, `${path}.create.displayName`, refuse);
  checkText(externalId, `${path}.create.externalId`, refuse);
  const problem = findMetadataProblem(metadata ?? {});
  if (problem) refuse(`${path}.create.metadata`, problem);
  const personId = (externalId === null ? undefined : createdByExternalId.get(externalId)) ?? newId();
  if (externalId !== null) createdByExternalId.set(externalId, personId);
  return { kind: 'CREATE', personId, displayName, externalId, metadata: metadata ?? {} };
}

/** What makes two choices the same. */
export function personIdentity(choice: PersonChoice | null): unknown {
  if (!choice) return null;
  const create = choice.create && [
    choice.create.displayName,
    choice.create.externalId ?? null,
    canonical(choice.create.metadata ?? {}),
  ];
  return [choice.id ?? null, choice.externalId ?? null, create ?? null];
}

/** The order of an object's keys means nothing. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, canonical(inner)]);
}
