import { ArrayMaxSize, ArrayMinSize, IsUUID, Length } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../graphql/connection';
import { createOrder } from '../../graphql/order';
import { JSONObject } from '../../graphql/scalars';
import type { HiddenAs, OperationOrderField } from '../../records/operation';
import type { Order } from '../../records/page';
import { BoundingBoxInput } from '../faces/geometry.inputs';
import { HiddenAsEnum } from '../faces/face.types';

@InputType({ description: 'Persons that are one.' })
export class MergePersonsInput {
  @Field(() => ID, { description: 'Who stays, with their name, external id and metadata.' })
  intoId!: string;

  @Field(() => [ID], { description: '1-100 persons of the same collection who become them.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsUUID('all', { each: true, message: 'personIds must be UUIDs' })
  personIds!: string[];

  @Field({ defaultValue: false, description: 'Also if somebody said that they are different people.' })
  evenIfRejected!: boolean;
}

@ArgsType()
export class MergePreviewArgs {
  @Field(() => ID, { description: 'Who would stay.' })
  intoId!: string;

  @Field(() => [ID], { description: '1-100 persons who would become them.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsUUID('all', { each: true, message: 'personIds must be UUIDs' })
  personIds!: string[];
}

@InputType({ description: 'Who somebody is that is not on record yet.' })
class NewNamedPersonInput {
  @Field({ description: 'How people call them, 1-255 characters.' })
  @Length(1, 255)
  displayName!: string;

  @Field(() => String, { nullable: true, description: 'Your own id of them, unique in the collection.' })
  @Length(1, 255)
  externalId?: string | null;

  @Field(() => JSONObject, { nullable: true, description: 'What else you keep of them: a JSON object, at most 16 KB.' })
  metadata?: Record<string, unknown> | null;
}

@InputType({ description: 'Exactly one of them.' })
export class NamePersonInput {
  @Field(() => ID, { nullable: true, description: 'Somebody on record.' })
  id?: string;

  @Field(() => NewNamedPersonInput, { nullable: true, description: 'Somebody new.' })
  create?: NewNamedPersonInput;
}

@InputType({ description: 'Faces, and whose they are.' })
export class NameFacesInput {
  @Field(() => [ID], { description: '1-1000 faces of one collection.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @IsUUID('all', { each: true, message: 'faceIds must be UUIDs' })
  faceIds!: string[];

  @Field(() => NamePersonInput, { description: 'Whose they are.' })
  person!: NamePersonInput;

  @Field({
    defaultValue: false,
    description: 'Whether it was this server’s suggestion that somebody confirmed; kept as Face.assignedBy.',
  })
  suggested!: boolean;
}

@InputType({ description: 'Faces of a person that are somebody else’s.' })
export class SplitPersonInput {
  @Field(() => ID, { description: 'Whose they are now.' })
  id!: string;

  @Field(() => [ID], { description: '1-1000 faces of that person.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @IsUUID('all', { each: true, message: 'faceIds must be UUIDs' })
  faceIds!: string[];

  @Field(() => NamePersonInput, { description: 'Whose they are in truth.' })
  into!: NamePersonInput;
}

@InputType({ description: 'Faces that nobody is to be asked about again.' })
export class HideFacesInput {
  @Field(() => [ID], { description: '1-1000 faces.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @IsUUID('all', { each: true, message: 'faceIds must be UUIDs' })
  faceIds!: string[];

  @Field(() => HiddenAsEnum, { nullable: true, description: 'Why; null shows them again.' })
  as!: HiddenAs | null;
}

@InputType({ description: 'A face that was missed.' })
export class AddFaceInput {
  @Field(() => ID, { description: 'The image that shows it.' })
  imageId!: string;

  @Field(() => BoundingBoxInput, {
    description:
      'Drawn closely about the face: at least 16 pixels of the image wide and high. What is kept is the box that the pack sees there.',
  })
  boundingBox!: BoundingBoxInput;
}

@InputType({ description: 'Faces that are not a person’s.' })
export class RejectMatchInput {
  @Field(() => [ID], { description: '1-1000 faces of the person’s collection.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @IsUUID('all', { each: true, message: 'faceIds must be UUIDs' })
  faceIds!: string[];

  @Field(() => ID, { description: 'Whose they are not.' })
  personId!: string;
}

@InputType({ description: 'Two different people.' })
export class RejectMergeInput {
  @Field(() => ID, { description: 'One of them.' })
  personId!: string;

  @Field(() => ID, { description: 'The other one.' })
  otherId!: string;
}

@InputType({ description: 'An operation to take back.' })
export class UndoInput {
  @Field(() => ID, { description: 'The operation; an undo, to redo what it has undone.' })
  operationId!: string;

  @Field({
    defaultValue: false,
    description: 'Leave what has changed since as it is and undo the rest, where it would be refused otherwise.',
  })
  partial!: boolean;
}

@InputType({ description: 'Which operations to list.' })
class OperationFilterInput {
  @Field(() => ID, { nullable: true, description: 'Only those that named this person, or who was merged into them.' })
  personId?: string | null;
}

const OperationOrderInput = createOrder<OperationOrderField>('Operation', { CREATED_AT: 'By when it was done.' });

@ArgsType()
export class OperationsArgs extends PageArgs {
  @Field(() => ID, { description: 'The collection.' })
  collectionId!: string;

  @Field(() => OperationFilterInput, { nullable: true, description: 'Which ones; all otherwise.' })
  filter?: OperationFilterInput | null;

  @Field(() => OperationOrderInput, { nullable: true, description: 'How to order them; CREATED_AT DESC otherwise.' })
  orderBy?: Order<OperationOrderField> | null;
}
