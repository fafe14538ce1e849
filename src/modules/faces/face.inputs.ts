import { ArrayMaxSize, ArrayMinSize, IsUUID } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../graphql/connection';
import { createOrder } from '../../graphql/order';
import type { FaceOrderField, FaceState } from '../../records/face';
import type { Order } from '../../records/page';
import { FaceStateEnum } from './face.types';

@InputType({ description: 'Which faces to list; all conditions must hold.' })
class FaceFilterInput {
  @Field(() => ID, { nullable: true, description: 'Only of this collection.' })
  collectionId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only of this person.' })
  personId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'true: only assigned to somebody; false: only indexed ones that are assigned to nobody.',
  })
  assigned?: boolean | null;

  @Field(() => FaceStateEnum, { nullable: true, description: 'Only in this state.' })
  state?: FaceState | null;
}

const FaceOrderInput = createOrder<FaceOrderField>('Face', {
  CREATED_AT: 'By when it was found.',
  QUALITY: 'By `quality.score`. In `Query.faces` it needs a collectionId or a personId in the filter.',
  SIZE: 'By the shorter side of its box in pixels. In `Query.faces` it needs a collectionId or a personId in the filter.',
});

/** Of a list of faces whose owner says which ones. */
@ArgsType()
export class OrderedFacesArgs extends PageArgs {
  @Field(() => FaceOrderInput, { nullable: true, description: 'How to order them; CREATED_AT ASC otherwise.' })
  orderBy?: Order<FaceOrderField> | null;
}

@ArgsType()
export class FacesArgs extends OrderedFacesArgs {
  @Field(() => FaceFilterInput, { nullable: true, description: 'Which ones; all otherwise.' })
  filter?: FaceFilterInput | null;
}

@InputType({ description: 'Faces to give to a person.' })
export class AssignFacesInput {
  @Field(() => [ID], { description: '1-1000 faces of the person’s collection.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @IsUUID('all', { each: true, message: 'faceIds must be UUIDs' })
  faceIds!: string[];

  @Field(() => ID, { description: 'The person.' })
  personId!: string;
}

@InputType({ description: 'Faces to take from whoever they are assigned to.' })
export class UnassignFacesInput {
  @Field(() => [ID], { description: '1-1000 faces.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @IsUUID('all', { each: true, message: 'faceIds must be UUIDs' })
  faceIds!: string[];
}

@InputType({ description: 'Faces to delete.' })
export class DeleteFacesInput {
  @Field(() => [ID], { description: '1-1000 ids; ids of no face are passed over.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @IsUUID('all', { each: true, message: 'faceIds must be UUIDs' })
  faceIds!: string[];
}
