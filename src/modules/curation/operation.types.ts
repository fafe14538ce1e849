import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { createConnection } from '../../graphql/connection';
import { DateTime, JSONObject } from '../../graphql/scalars';
import {
  CHANGED_ENTITIES,
  OPERATION_KINDS,
  type ChangedEntity,
  type CurationWarning,
  type OperationKind,
  type Skipped,
} from '../../records/operation';

const enumOf = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, name])) as Record<Name, Name>;

const OperationKindEnum = enumOf(OPERATION_KINDS);
registerEnumType(OperationKindEnum, {
  name: 'OperationKind',
  description: 'What was done to who is who.',
  valuesConfig: {
    UPDATE_PERSON: { description: 'A person’s name, aliases, external id or metadata were changed.' },
    MERGE_PERSONS: { description: 'Persons became one.' },
    SPLIT_PERSON: { description: 'Faces of a person became somebody else’s.' },
    NAME_FACES: { description: 'Faces were given to a person, who may have been made with it.' },
    ASSIGN_FACES: { description: 'Faces were given to a person by assignFaces.' },
    UNASSIGN_FACES: { description: 'Faces were left to nobody.' },
    HIDE_FACES: { description: 'Faces were hidden, or shown again.' },
    ADD_FACE: { description: 'A face was added to an image by its box.' },
    REJECT_MATCH: { description: 'Faces were said not to be a person’s.' },
    REJECT_MERGE: { description: 'Two persons were said to be different people.' },
    UNDO: { description: 'An operation was taken back.' },
    REDO: { description: 'An undo was taken back.' },
  },
});

const ChangedEntityEnum = enumOf(CHANGED_ENTITIES);
registerEnumType(ChangedEntityEnum, {
  name: 'ChangedEntity',
  description: 'What a change is about.',
  valuesConfig: {
    PERSON: { description: 'A person.' },
    FACE: { description: 'A face.' },
    FACE_REJECTION: { description: 'That a face is not a person’s.' },
    PERSON_REJECTION: { description: 'That two persons are different people.' },
  },
});

const WarningCodeEnum = enumOf<CurationWarning['code']>(['SAME_PHOTOGRAPH', 'REJECTED_MATCH', 'REJECTED_MERGE']);
registerEnumType(WarningCodeEnum, {
  name: 'CurationWarningCode',
  description: 'What is odd.',
  valuesConfig: {
    SAME_PHOTOGRAPH: { description: 'Several of the faces stand in one photograph.' },
    REJECTED_MATCH: { description: 'Somebody said of a face that it is not this person’s.' },
    REJECTED_MERGE: { description: 'Somebody said that the persons are different people.' },
  },
});

const SkipReasonEnum = enumOf<Skipped['reason']>([
  'CHANGED_SINCE',
  'DELETED',
  'IN_USE',
  'PERSON_GONE',
  'EXTERNAL_ID_TAKEN',
  'PLACE_TAKEN',
]);
registerEnumType(SkipReasonEnum, {
  name: 'UndoSkipReason',
  description: 'Why a change was not taken back.',
  valuesConfig: {
    CHANGED_SINCE: { description: 'Something else was said of it since.' },
    DELETED: { description: 'It was deleted: that is final.' },
    IN_USE: {
      description:
        'The person, who was made with the operation, has got other faces since; or the face, which was added with it, is somebody’s, is hidden or was said not to be somebody’s.',
    },
    PERSON_GONE: { description: 'Whose it was before has been merged, taken back or deleted since.' },
    PLACE_TAKEN: { description: 'Another face of the image is where the face was.' },
    EXTERNAL_ID_TAKEN: { description: 'Another person of the collection has that external id now.' },
  },
});

@ObjectType({ description: 'One value that an operation changed.', simpleResolvers: true })
export class OperationChange {
  @Field(() => ChangedEntityEnum, { description: 'What it is about.' })
  entity!: ChangedEntity;

  @Field(() => ID, { description: 'Of the person or the face; of a rejection, its face or its first person.' })
  id!: string;

  @Field(() => ID, { nullable: true, description: 'The person that was rejected.' })
  otherId!: string | null;

  @Field({ description: 'Which value, such as assignment, displayName or mergedIntoId.' })
  field!: string;

  @Field(() => JSONObject, { description: 'The value before it, as `value`.' })
  before!: Readonly<Record<string, unknown>>;

  @Field(() => JSONObject, { description: 'The value since then, as `value`.' })
  after!: Readonly<Record<string, unknown>>;
}

@ObjectType({ description: 'A change of who is who that can be undone.', simpleResolvers: true })
export class Operation {
  @Field(() => ID, { description: 'UUIDv7: what `undo` takes.' })
  id!: string;

  @Field(() => ID, { description: 'The collection.' })
  collectionId!: string;

  @Field(() => OperationKindEnum, { description: 'What was done.' })
  kind!: OperationKind;

  @Field(() => ID, { nullable: true, description: 'The operation that this one has undone.' })
  revertsId!: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The operation that has undone this one; null while it is in force.',
  })
  revertedById!: string | null;

  @Field(() => [ID], { description: 'Every person that it named; some may have been deleted since.' })
  personIds!: readonly string[];

  @Field(() => Int, { description: 'How many faces it changed.' })
  faceCount!: number;

  @Field(() => DateTime, { description: 'When.' })
  createdAt!: Date;
}

export const OperationConnection = createConnection(Operation, 'OperationConnection');

@ObjectType({ description: 'A change that an undo left as it is.', simpleResolvers: true })
export class SkippedChange {
  @Field(() => ChangedEntityEnum, { description: 'What it is about.' })
  entity!: ChangedEntity;

  @Field(() => ID, { description: 'Of the person or the face; of a rejection, its face or its first person.' })
  id!: string;

  @Field(() => ID, { nullable: true, description: 'The person that was rejected.' })
  otherId!: string | null;

  @Field({ description: 'Which value.' })
  field!: string;

  @Field(() => SkipReasonEnum, { description: 'Why.' })
  reason!: Skipped['reason'];

  @Field(() => ID, { nullable: true, description: 'The operation that changed it since.' })
  operationId!: string | null;
}

@ObjectType('CurationWarning', {
  description: 'What is odd about a change; it is made all the same.',
  simpleResolvers: true,
})
export class CurationWarningType {
  @Field(() => WarningCodeEnum, { description: 'For a program.' })
  code!: CurationWarning['code'];

  @Field({ description: 'For a person.' })
  message!: string;

  @Field(() => [ID], { description: 'The faces that it is about, of at most 20 photographs.' })
  faceIds!: readonly string[];

  @Field(() => [ID], { description: 'The images that it is about.' })
  imageIds!: readonly string[];
}
