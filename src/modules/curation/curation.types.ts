import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { FaceRecord } from '../../records/face';
import type { CurationWarning, OperationRecord, Skipped } from '../../records/operation';
import type { PersonRecord } from '../../records/person';
import { Face } from '../faces/face.types';
import { Person } from '../persons/person.types';
import { CurationWarningType, Operation, SkippedChange } from './operation.types';

@ObjectType({ description: 'What mergePersons would do.', simpleResolvers: true })
export class MergePreview {
  @Field(() => Int, { description: 'Faces that would become those of who stays.' })
  faceCount!: number;

  @Field(() => [CurationWarningType], { description: 'What is odd about it.' })
  warnings!: readonly CurationWarning[];
}

@ObjectType({ description: 'Answer of mergePersons.', simpleResolvers: true })
export class MergePersonsPayload {
  @Field(() => Person, { description: 'Who stays.' })
  person!: PersonRecord;

  @Field(() => Int, { description: 'Faces that became theirs.' })
  faceCount!: number;

  @Field(() => [CurationWarningType], { description: 'What is odd about it; it is done all the same.' })
  warnings!: readonly CurationWarning[];

  @Field(() => Operation, { description: 'What `undo` takes.' })
  operation!: OperationRecord;
}

@ObjectType({ description: 'Answer of nameFaces.', simpleResolvers: true })
export class NameFacesPayload {
  @Field(() => Person, { description: 'Whose the faces are now.' })
  person!: PersonRecord;

  @Field(() => [Face], { description: 'The faces as they are now.' })
  faces!: readonly FaceRecord[];

  @Field(() => ID, { nullable: true, description: 'What `undo` takes; null when nothing changed.' })
  operationId!: string | null;

  @Field(() => [CurationWarningType], { description: 'What is odd about it; it is done all the same.' })
  warnings!: readonly CurationWarning[];
}

@ObjectType({ description: 'Answer of splitPerson.', simpleResolvers: true })
export class SplitPersonPayload extends NameFacesPayload {}

@ObjectType({ description: 'Answer of hideFaces.', simpleResolvers: true })
export class HideFacesPayload {
  @Field(() => [Face], { description: 'The faces as they are now.' })
  faces!: readonly FaceRecord[];

  @Field(() => [ID], { description: 'One operation for each collection in which something changed.' })
  operationIds!: readonly string[];
}

@ObjectType({ description: 'Answer of addFace.', simpleResolvers: true })
export class AddFacePayload {
  @Field(() => Face, { description: 'The face: nobody’s yet, and found by searches.' })
  face!: FaceRecord;

  @Field(() => Operation, { description: 'What `undo` takes.' })
  operation!: OperationRecord;
}

@ObjectType({ description: 'Answer of rejectMatch.', simpleResolvers: true })
export class RejectMatchPayload {
  @Field(() => [Face], { description: 'The faces as they are now.' })
  faces!: readonly FaceRecord[];

  @Field(() => ID, { nullable: true, description: 'What `undo` takes; null when it had been said before.' })
  operationId!: string | null;
}

@ObjectType({ description: 'Answer of rejectMerge.', simpleResolvers: true })
export class RejectMergePayload {
  @Field(() => ID, { nullable: true, description: 'What `undo` takes; null when it had been said before.' })
  operationId!: string | null;
}

@ObjectType({ description: 'Answer of undo.', simpleResolvers: true })
export class UndoPayload {
  @Field(() => Operation, { description: 'The undo, an operation of its own.' })
  operation!: OperationRecord;

  @Field(() => [SkippedChange], { description: 'What was left as it is; empty unless `partial`.' })
  skipped!: readonly Skipped[];
}
