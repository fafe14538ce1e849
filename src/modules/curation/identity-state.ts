import { isDeepStrictEqual } from 'node:util';
import type { ChangedField, IdentityChange, Json } from '../../records/operation';

/** What operations may change of a person. */
export interface PersonState {
  displayName: string;
  externalId: string | null;
  metadata: Json;
  aliases: readonly string[];
  /** YYYY-MM-DD. */
  bornOn: string | null;
  diedOn: string | null;
  mergedIntoId: string | null;
  isTrashed: boolean;
}

/** Whose a face is, and who said so; null: nobody's. */
export type Assignment = { readonly personId: string; readonly by: string | null };

/** What operations may change of a face. */
export interface FaceState {
  assignment: Assignment | null;
  hiddenAs: string | null;
  /** Added by hand, and taken back: out of sight. */
  isTrashed: boolean;
}

export type PersonField = keyof PersonState;
export type FaceField = keyof FaceState;

/** A pair as a key of a set. */
export const pairOf = (id: string, otherId: string | null): string => `${id}/${otherId}`;
const REJECTED = 'rejected';

/**
 * What is who of one collection, as far as an operation touches it: read under locks, changed here, and written back by its
 * store. Each value that is set to another one becomes an {@link IdentityChange}.
 */
export class IdentityState {
  private readonly changes = new Map<string, IdentityChange>();
  private readonly visibleBefore: number;
  private readonly shownBefore: number;

  /** @param rejections pairs as `pairOf` has them. */
  constructor(
    readonly collectionId: string,
    private readonly persons: ReadonlyMap<string, PersonState>,
    private readonly faces: ReadonlyMap<string, FaceState>,
    private readonly rejections: Set<string>,
  ) {
    this.visibleBefore = this.countVisible();
    this.shownBefore = this.countShown();
  }

  person(id: string): Readonly<PersonState> | undefined {
    return this.persons.get(id);
  }

  face(id: string): Readonly<FaceState> | undefined {
    return this.faces.get(id);
  }

  get personIds(): string[] {
    return [...this.persons.keys()];
  }

  get faceIds(): string[] {
    return [...this.faces.keys()];
  }

  /** Whether a person can be given faces and is to be seen. */
  isVisible(id: string): boolean {
    const person = this.persons.get(id);
    return person !== undefined && person.mergedIntoId === null && !person.isTrashed;
  }

  /** How many persons more (negative: fewer) are to be seen than when it was read. */
  get gainedPersons(): number {
    return this.countVisible() - this.visibleBefore;
  }

  /** The same of faces. */
  get gainedFaces(): number {
    return this.countShown() - this.shownBefore;
  }

  /** Whether anything is said of a face: whose it is or is not, or that it is hidden. */
  isSaidOf(faceId: string): boolean {
    const face = this.faces.get(faceId);
    if (face === undefined) return false;
    const isRejected = [...this.rejections].some((pair) => pair.startsWith(pairOf(faceId, '')));
    return face.assignment !== null || face.hiddenAs !== null || isRejected;
  }

  setPerson<Field extends PersonField>(id: string, field: Field, value: PersonState[Field]): void {
    this.set({ entity: 'PERSON', id, otherId: null, field }, value as Json);
  }

  setFace<Field extends FaceField>(id: string, field: Field, value: FaceState[Field]): void {
    this.set({ entity: 'FACE', id, otherId: null, field }, value as Json);
  }

  setFaceRejection(faceId: string, personId: string, isRejected: boolean): void {
    this.set({ entity: 'FACE_REJECTION', id: faceId, otherId: personId, field: REJECTED }, isRejected);
  }

  setPersonRejection(one: string, other: string, isRejected: boolean): void {
    const [id, otherId] = [one, other].sort() as [string, string];
    this.set({ entity: 'PERSON_REJECTION', id, otherId, field: REJECTED }, isRejected);
  }

  /** What holds now; undefined: it is gone, or a part of it is. */
  valueOf({ entity, id, otherId, field }: ChangedField): Json | undefined {
    switch (entity) {
      case 'PERSON':
        return this.persons.get(id)?.[field as PersonField] as Json | undefined;
      case 'FACE':
        return this.faces.get(id)?.[field as FaceField] as Json | undefined;
      case 'FACE_REJECTION':
        return this.faces.has(id) && this.persons.has(otherId ?? '')
          ? this.rejections.has(pairOf(id, otherId))
          : undefined;
      case 'PERSON_REJECTION':
        return this.persons.has(id) && this.persons.has(otherId ?? '')
          ? this.rejections.has(pairOf(id, otherId))
          : undefined;
    }
  }

  /** Does nothing where that is what holds. */
  set(place: ChangedField, value: Json): void {
    const current = this.valueOf(place);
    if (current === undefined) throw new Error(`${place.entity} was not read before it was changed`);
    if (isDeepStrictEqual(current, value)) return;
    const key = `${place.entity} ${pairOf(place.id, place.otherId)} ${place.field}`;
    const { entity, id, otherId, field } = place;
    const before = this.changes.get(key)?.before ?? current;
    this.changes.set(key, { entity, id, otherId, field, before, after: value });
    if (entity === 'PERSON') Object.assign(this.persons.get(id)!, { [field]: value });
    else if (entity === 'FACE') Object.assign(this.faces.get(id)!, { [field]: value });
    else if (value === true) this.rejections.add(pairOf(id, otherId));
    else this.rejections.delete(pairOf(id, otherId));
  }

  /** All that differs from what was read. */
  listChanges(): IdentityChange[] {
    return [...this.changes.values()].filter(({ before, after }) => !isDeepStrictEqual(before, after));
  }

  private countShown(): number {
    return this.faceIds.filter((id) => !this.faces.get(id)!.isTrashed).length;
  }

  private countVisible(): number {
    return this.personIds.filter((id) => this.isVisible(id)).length;
  }
}
