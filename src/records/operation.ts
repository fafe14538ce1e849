/** What can be done to who is who. Clients match on these: add, never rename. */
export const OPERATION_KINDS = [
  'UPDATE_PERSON',
  'MERGE_PERSONS',
  'SPLIT_PERSON',
  'NAME_FACES',
  'ASSIGN_FACES',
  'UNASSIGN_FACES',
  'HIDE_FACES',
  'ADD_FACE',
  'REJECT_MATCH',
  'REJECT_MERGE',
  'UNDO',
  'REDO',
] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

/** Who said whose face it is. */
export const ASSIGNERS = ['ENROLLED', 'HUMAN', 'SUGGESTION'] as const;
export type Assigner = (typeof ASSIGNERS)[number];

/** Why nobody is to be asked about a face again. */
export const HIDDEN_AS = ['NOT_A_FACE', 'STRANGER'] as const;
export type HiddenAs = (typeof HIDDEN_AS)[number];

export interface OperationRecord {
  readonly id: string;
  readonly collectionId: string;
  readonly kind: OperationKind;
  /** The operation that this one has undone. */
  readonly revertsId: string | null;
  /** The operation that has undone this one. */
  readonly revertedById: string | null;
  readonly personIds: readonly string[];
  readonly faceCount: number;
  readonly createdAt: Date;
}

export type OperationOrderField = 'CREATED_AT';

export interface OperationFilter {
  /** Only those that named this person, or somebody who was merged into them. */
  readonly personId?: string;
}

export const CHANGED_ENTITIES = ['PERSON', 'FACE', 'FACE_REJECTION', 'PERSON_REJECTION'] as const;
export type ChangedEntity = (typeof CHANGED_ENTITIES)[number];

/** A value as JSON has it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Which value. */
export interface ChangedField {
  readonly entity: ChangedEntity;
  /** Of the person or face; of a rejection, of the face or of the person with the smaller id. */
  readonly id: string;
  /** The person that was rejected; null for a person or face. */
  readonly otherId: string | null;
  readonly field: string;
}

/** One value that an operation changes: ids, names, flags, never a vector. */
export interface IdentityChange extends ChangedField {
  readonly before: Json;
  readonly after: Json;
}

/** What an undo leaves as it is, and why. */
export interface Skipped extends ChangedField {
  readonly reason: 'CHANGED_SINCE' | 'DELETED' | 'IN_USE' | 'PERSON_GONE' | 'EXTERNAL_ID_TAKEN' | 'PLACE_TAKEN';
  /** The operation that changed it since, where there is one. */
  readonly operationId: string | null;
}

/** What is odd about what somebody is about to do. */
export interface CurationWarning {
  readonly code: 'SAME_PHOTOGRAPH' | 'REJECTED_MATCH' | 'REJECTED_MERGE';
  readonly message: string;
  readonly faceIds: readonly string[];
  readonly imageIds: readonly string[];
}
