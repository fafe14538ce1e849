import type { ClusterFacesQuery, SuggestionsQuery } from '@likeness/client';

/** Somebody known whom faces resemble most. */
export interface Nearest {
  readonly id: string;
  readonly displayName: string;
  /** 0-100, of the best pair of faces. */
  readonly similarity: number;
}

/** A face as it is shown. */
export type GroupedFace = ClusterFacesQuery['clusterFaces']['groups'][number]['faces'][number];

/** Faces that are one person's, as it seems; of a face that is like no other, it alone. */
export interface FaceGroup {
  readonly faceIds: readonly string[];
  /** null: nobody who is known is near. */
  readonly nearest: Nearest | null;
}

/** What is to be named, in the order in which it is asked about. */
export interface Unnamed {
  readonly groups: readonly FaceGroup[];
  readonly suggested: ReadonlyMap<string, Nearest>;
  /** Those that came with the groups, by id. */
  readonly faces: ReadonlyMap<string, GroupedFace>;
  /** Whether there are more faces than were looked at. */
  readonly isCut: boolean;
}

/** Similarity from which on somebody is suggested: below the threshold of a search that is still worth a look. */
export const SUGGEST_FROM = 50;
/** Faces that are looked at and named at once. */
const AT_ONCE = 40;

/** Groups, the largest first, and then single faces, those first whom somebody known resembles most. */
export function unnamedOf(
  { groups, messyGroup, isCut }: Pick<ClusterFacesQuery['clusterFaces'], 'groups' | 'messyGroup' | 'isCut'>,
  suggestions: SuggestionsQuery['suggestions'],
): Unnamed {
  const suggested = new Map(
    suggestions.map(({ face, person: { id, displayName }, similarity }) => [face.id, { id, displayName, similarity }]),
  );
  const similarity = (faceId: string): number => suggested.get(faceId)?.similarity ?? 0;
  const single = [...messyGroup].sort((a, b) => similarity(b) - similarity(a));
  return {
    groups: [
      ...groups.flatMap(({ faceIds, nearest }) => {
        const isNear = nearest != null && nearest.similarity >= SUGGEST_FROM;
        const whole = { faceIds, nearest: isNear ? { ...nearest.person, similarity: nearest.similarity } : null };
        return Array.from({ length: Math.ceil(faceIds.length / AT_ONCE) }, (_, portion) =>
          narrowed(whole, suggested, faceIds.slice(portion * AT_ONCE, (portion + 1) * AT_ONCE)),
        );
      }),
      ...single.map((faceId) => ({ faceIds: [faceId], nearest: suggested.get(faceId) ?? null })),
    ],
    suggested,
    faces: new Map([
      ...groups.flatMap(({ faces }) => faces.map((face) => [face.id, face] as const)),
      ...suggestions.map(({ face }) => [face.id, face] as const),
    ]),
    isCut,
  };
}

/** Some of a group's faces, and whom these resemble most. */
export function narrowed(
  group: FaceGroup,
  suggested: ReadonlyMap<string, Nearest>,
  faceIds: readonly string[],
): FaceGroup {
  if (faceIds.length === group.faceIds.length) return group;
  const near = faceIds.flatMap((id) => suggested.get(id) ?? []).sort((a, b) => b.similarity - a.similarity);
  return { faceIds, nearest: near[0] ?? null };
}

/** What is still open: without those faces, and with the groups of which one face is left after the others. */
export function openGroups({ groups, suggested }: Unnamed, without: ReadonlySet<string>): FaceGroup[] {
  const open = groups
    .map((group) =>
      narrowed(
        group,
        suggested,
        group.faceIds.filter((id) => !without.has(id)),
      ),
    )
    .filter(({ faceIds }) => faceIds.length > 0);
  return [...open.filter(({ faceIds }) => faceIds.length > 1), ...open.filter(({ faceIds }) => faceIds.length === 1)];
}
