import type { Database } from '../../database';
import { type Tx, txOf } from '../../database/sql';
import { badInput, DomainError, notFound } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CurationWarning } from '../../records/operation';
import { lockIdentities } from './identity-state.store';
import { recordOperation } from './ledger.store';
import { findPeople, findRejectedMatches, findSamePhotographs, type People } from './people.store';

export interface Merge {
  /** Who stays. */
  readonly personId: string;
  /** Who becomes them. */
  readonly mergedIds: readonly string[];
}

export interface MergePreview {
  readonly faceCount: number;
  readonly warnings: readonly CurationWarning[];
}

export interface Merged extends MergePreview {
  readonly operationId: string;
}

/** Merging persons into one: the others' ids lead to them from then on, and what is enrolled for those goes to them. */
export class MergeStore {
  constructor(private readonly database: Database) {}

  /** What merging them would do. @throws DomainError as `merge`, but for a merge that was rejected. */
  async preview(scope: TenantScope, merge: Merge): Promise<MergePreview> {
    return this.database.read(scope, async (tx) => {
      const people = await findPeople(tx, [merge.personId, ...merge.mergedIds]);
      const { personId, mergedIds } = mergeOf(people, merge);
      const faceCount = await tx.face.count({
        where: { personId: { in: mergedIds }, state: { notIn: ['DELETED', 'TRASHED'] } },
      });
      return { faceCount, warnings: await warningsOf(tx, people, personId, mergedIds) };
    });
  }

  /**
   * @throws DomainError NOT_FOUND, BAD_USER_INPUT (a person into themselves), CONFLICT (another collection's; or said to be
   * different people, unless `evenIfRejected`).
   */
  async merge(
    scope: TenantScope,
    merge: Merge & { readonly evenIfRejected: boolean; readonly requestId: string },
  ): Promise<Merged> {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const people = await findPeople(tx, [merge.personId, ...merge.mergedIds]);
      const { collectionId, personId, mergedIds } = mergeOf(people, merge);
      const state = await lockIdentities(tx, collectionId, { personIds: people.ids, facesOf: mergedIds });
      // Somebody else may have merged or undone between the look and the lock.
      if (![personId, ...mergedIds].every((id) => state.isVisible(id))) throw notFound('person');
      const warnings = await warningsOf(tx, people, personId, mergedIds);
      if (!merge.evenIfRejected && warnings.some(({ code }) => code === 'REJECTED_MERGE')) throw rejected();
      const faceIds = state.faceIds;
      for (const faceId of faceIds) {
        const by = state.face(faceId)!.assignment?.by ?? null;
        state.setFace(faceId, 'assignment', { personId, by });
      }
      for (const id of people.ids) if (id !== personId) state.setPerson(id, 'mergedIntoId', personId);
      for (const id of mergedIds) {
        for (const one of people.familyOf(id)) {
          for (const other of people.familyOf(personId)) state.setPersonRejection(one, other, false);
        }
      }
      const operationId = await recordOperation(change, state, { kind: 'MERGE_PERSONS', requestId: merge.requestId });
      return { operationId: operationId!, faceCount: faceIds.length, warnings };
    });
  }
}

function rejected(): DomainError {
  return new DomainError(
    'CONFLICT',
    'Somebody said that these are two different people. Say evenIfRejected, if they are one after all.',
    { details: { reason: 'REJECTED_MERGE' } },
  );
}

/** The persons that the ids lead to. */
function mergeOf(people: People, { personId, mergedIds }: Merge) {
  const survivor = people.get(personId);
  const merged = [...new Set(mergedIds)].map((id) => people.get(id));
  if (merged.some(({ id }) => id === survivor.id)) {
    throw badInput({ path: 'input.personIds', rule: 'cannot name who stays, nor who was merged into them already' });
  }
  if (merged.some(({ collectionId }) => collectionId !== survivor.collectionId)) {
    throw new DomainError('CONFLICT', 'Only persons of one collection can be merged.');
  }
  return {
    personId: survivor.id,
    collectionId: survivor.collectionId,
    mergedIds: [...new Set(merged.map(({ id }) => id))],
  };
}

async function warningsOf(
  tx: Tx,
  people: People,
  personId: string,
  mergedIds: readonly string[],
): Promise<CurationWarning[]> {
  const groups = [personId, ...mergedIds].map((id) => people.familyOf(id));
  const pairs = await tx.personRejection.findMany({
    where: { personId: { in: people.ids }, otherId: { in: people.ids } },
    select: { personId: true, otherId: true },
  });
  const groupOf = (id: string) => groups.findIndex((group) => group.includes(id));
  const isRejected = pairs.some((pair) => groupOf(pair.personId) !== groupOf(pair.otherId));
  return [
    ...(await findSamePhotographs(tx, [personId, ...mergedIds], [])),
    ...(await findRejectedMatches(tx, people.ids, [])),
    ...(isRejected
      ? [
          {
            code: 'REJECTED_MERGE' as const,
            message: 'Somebody said that these are different people.',
            faceIds: [],
            imageIds: [],
          },
        ]
      : []),
  ];
}
