import { IsInt, IsNumber, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, Float, ID, InputType, Int } from 'type-graphql';
import { PageArgs } from '../../graphql/connection';
import { createOrder } from '../../graphql/order';
import type { CollectionOrderField } from '../../records/collection';
import type { Order } from '../../records/page';
import type { QualityFilter } from '../../domain/quality';
import { QualityFilterEnum } from './collection.types';

const NAME = /^[a-zA-Z0-9_.-]+$/;
const NAME_RULE = 'name must be letters, digits, "_", "." or "-"';

@InputType({ description: 'A new collection.' })
export class CreateCollectionInput {
  @Field({ description: '1-255 letters, digits, "_", "." or "-"; unique among your collections.' })
  @Length(1, 255)
  @Matches(NAME, { message: NAME_RULE })
  name!: string;

  @Field({ nullable: true, description: 'What it is for, at most 1,000 characters.' })
  @MaxLength(1_000)
  description?: string;

  @Field({
    nullable: true,
    description: 'name@version, or a bare name; the server’s default otherwise. Never changes.',
  })
  @MaxLength(128)
  modelPack?: string;

  @Field(() => Float, { nullable: true, description: 'Similarity 0-100 that a search must reach; null: automatic.' })
  @IsNumber()
  @Min(0)
  @Max(100)
  similarityThreshold?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Strangers let through by the automatic threshold; default 0.01.',
  })
  @IsNumber()
  @Min(0.000001)
  @Max(1)
  targetFpir?: number;

  @Field(() => QualityFilterEnum, { nullable: true, description: 'What an enrolled face must pass; default AUTO.' })
  qualityFilter?: QualityFilter;

  @Field(() => Int, {
    nullable: true,
    description:
      'Days that its faces, images and persons without faces are kept, 1-36,500; null: without end. Older ones are out of every answer at once.',
  })
  @IsInt()
  @Min(1)
  @Max(36_500)
  retentionDays?: number | null;
}

@InputType({ description: 'Changes of a collection; what is left out stays.' })
export class UpdateCollectionInput {
  @Field(() => ID, { description: 'The collection.' })
  id!: string;

  @Field({ nullable: true, description: '1-255 letters, digits, "_", "." or "-"; unique among your collections.' })
  @Length(1, 255)
  @Matches(NAME, { message: NAME_RULE })
  name?: string;

  @Field({ nullable: true, description: 'What it is for, at most 1,000 characters.' })
  @MaxLength(1_000)
  description?: string;

  @Field(() => Float, { nullable: true, description: 'Similarity 0-100 that a search must reach; null: automatic.' })
  @IsNumber()
  @Min(0)
  @Max(100)
  similarityThreshold?: number | null;

  @Field(() => Float, { nullable: true, description: 'Strangers let through by the automatic threshold.' })
  @IsNumber()
  @Min(0.000001)
  @Max(1)
  targetFpir?: number;

  @Field(() => QualityFilterEnum, { nullable: true, description: 'What an enrolled face must pass.' })
  qualityFilter?: QualityFilter;

  @Field(() => Int, {
    nullable: true,
    description:
      'Days that its faces, images and persons without faces are kept, 1-36,500; null: without end. Older ones are out of every answer at once.',
  })
  @IsInt()
  @Min(1)
  @Max(36_500)
  retentionDays?: number | null;
}

@InputType({ description: 'Which collection to delete.' })
export class DeleteCollectionInput {
  @Field(() => ID, { description: 'The collection.' })
  id!: string;
}

@InputType({ description: 'Which collections to list.' })
class CollectionFilterInput {
  @Field({ nullable: true, description: 'Part of the name, case-insensitive.' })
  @MaxLength(255)
  text?: string;
}

const CollectionOrderInput = createOrder<CollectionOrderField>('Collection', {
  NAME: 'By name, whatever its case.',
  CREATED_AT: 'By when it was made.',
});

@ArgsType()
export class CollectionsArgs extends PageArgs {
  @Field(() => CollectionFilterInput, { nullable: true, description: 'Which ones; all otherwise.' })
  filter?: CollectionFilterInput | null;

  @Field(() => CollectionOrderInput, { nullable: true, description: 'How to order them; CREATED_AT ASC otherwise.' })
  orderBy?: Order<CollectionOrderField> | null;
}

@ArgsType()
export class CollectionArgs {
  @Field(() => ID, { nullable: true, description: 'Its id; or give its name.' })
  id?: string | null;

  @Field(() => String, { nullable: true, description: 'Its name; or give its id.' })
  @MaxLength(255)
  name?: string | null;
}
