import { ArrayMaxSize, ArrayMinSize, IsUUID } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../graphql/connection';
import type { FaceState } from '../../records/face';
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

@ArgsType()
export class FacesArgs extends PageArgs {
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
