import {
  ClusterFacesDocument,
  HideFacesDocument,
  NameFacesDocument,
  RejectMatchDocument,
  SuggestionsDocument,
  UndoDocument,
  type FaceHiddenAs,
} from '@likeness/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { namedPerson, type Picked } from './parts/person-picker.tsx';
import { SUGGEST_FROM, unnamedOf, type Nearest } from './pure/face-groups.ts';
import { sentenceOf, useSession } from './session.tsx';

/** One step, as it can be taken back. */
interface Step {
  /** What the button that takes it back says. */
  readonly name: string;
  /** Empty: nothing was said to the server. */
  readonly operationIds: readonly string[];
  /** Faces that are asked about no more since. */
  readonly faceIds: readonly string[];
  readonly isSkip?: boolean;
}

const MOST_SUGGESTIONS = 1_000;

/** The faces that nobody has named, grouped, what is said of them, and its undoing. One thing is done at a time. */
export function useNaming(collectionId: string) {
  const { client } = useSession();
  const queries = useQueryClient();
  const unnamed = useQuery({
    queryKey: ['unnamed', collectionId],
    enabled: collectionId !== '',
    // A suggestion never changes by itself while somebody is about to confirm it.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const [{ clusterFaces }, { suggestions }] = await Promise.all([
        client.request(ClusterFacesDocument, { collectionId, scope: 'UNASSIGNED' }, { signal }),
        client.request(
          SuggestionsDocument,
          { collectionId, minSimilarity: SUGGEST_FROM, limit: MOST_SUGGESTIONS },
          { signal },
        ),
      ]);
      return unnamedOf(clusterFaces, suggestions);
    },
  });
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const busy = useRef(false);

  /** @throws what keeps it from being done. */
  const alone = async (act: () => Promise<void>): Promise<void> => {
    if (busy.current) return;
    busy.current = true;
    setBusy(true);
    try {
      await act();
    } finally {
      busy.current = false;
      setBusy(false);
    }
  };
  const tell = (act: () => Promise<void>): void =>
    void alone(act).catch((error: unknown) => setProblem(sentenceOf(error)));
  const add = (step: Step): void => setSteps((before) => [...before, step]);
  const lookAgain = async (): Promise<void> => void (await unnamed.refetch());

  const name = async (faceIds: readonly string[], person: Picked, suggested: boolean): Promise<void> => {
    const input = { faceIds, person: namedPerson(person), suggested };
    const { nameFaces } = await client.request(NameFacesDocument, { input });
    setProblem(nameFaces.warnings.map(({ message }) => message).join(' ') || null);
    void queries.invalidateQueries({ queryKey: ['people'] });
    // Whoever has just become known may be whom the next faces resemble.
    if (!suggested) await lookAgain();
    add({
      name: person.displayName,
      operationIds: nameFaces.operationId == null ? [] : [nameFaces.operationId],
      faceIds,
    });
  };
  return {
    unnamed,
    problem,
    isBusy,
    last: steps.at(-1),
    /** Faces that are nobody's no more, or hidden. */
    settled: new Set(steps.flatMap(({ faceIds, isSkip }) => (isSkip ? [] : faceIds))),
    /** These, and those that were skipped. */
    away: new Set(steps.flatMap(({ faceIds }) => faceIds)),
    forgetProblem: (): void => setProblem(null),
    /** @throws what keeps it from being done. */
    nameAs: (faceIds: readonly string[], person: Picked): Promise<void> => alone(() => name(faceIds, person, false)),
    confirm: (faceIds: readonly string[], person: Nearest): void => tell(() => name(faceIds, person, true)),
    reject: (faceIds: readonly string[], person: Nearest): void =>
      tell(async () => {
        const input = { faceIds, personId: person.id };
        const { operationId } = (await client.request(RejectMatchDocument, { input })).rejectMatch;
        await lookAgain();
        const operationIds = operationId == null ? [] : [operationId];
        add({ name: `not ${person.displayName}`, operationIds, faceIds: [] });
      }),
    hide: (faceIds: readonly string[], as: FaceHiddenAs): void =>
      tell(async () => {
        const { hideFaces } = await client.request(HideFacesDocument, { input: { faceIds, as } });
        add({ name: as === 'STRANGER' ? 'stranger' : 'no face', operationIds: hideFaces.operationIds, faceIds });
      }),
    skip: (faceIds: readonly string[]): void =>
      tell(() => Promise.resolve(add({ name: 'skip', operationIds: [], faceIds, isSkip: true }))),
    undo: (): void =>
      tell(async () => {
        const last = steps.at(-1);
        if (!last) return;
        for (const operationId of last.operationIds) await client.request(UndoDocument, { input: { operationId } });
        if (last.operationIds.length > 0) await lookAgain();
        setSteps((before) => before.filter((step) => step !== last));
      }),
    /** Asks again about what was skipped, and about what there was no room for. */
    again: (): void =>
      tell(async () => {
        await lookAgain();
        setSteps((before) => before.filter(({ isSkip }) => !isSkip));
      }),
  };
}

export type Naming = ReturnType<typeof useNaming>;
