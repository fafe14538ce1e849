import { MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'Which collection moves to which pack.' })
export class ReembedCollectionInput {
  @Field(() => ID, { description: 'The collection.' })
  id!: string;

  @Field({
    description: 'name@version of a pack that modelPacks lists as calibrated, or a bare name: its newest version.',
  })
  @MaxLength(255)
  modelPack!: string;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'true: faces that cannot be embedded, because their image is not stored any more, are left out of searches (UNINDEXED, with the reason NOT_REEMBEDDED). Otherwise the collection stays with its pack when there are any. Default: false.',
  })
  dropFacesWithoutImage?: boolean | null;
}

@InputType({ description: 'Which collection goes back to the pack that it had.' })
export class RollBackReembeddingInput {
  @Field(() => ID, { description: 'The collection.' })
  id!: string;
}

@InputType({ description: 'Which collection stays with the pack that it has.' })
export class FinishReembeddingInput {
  @Field(() => ID, { description: 'The collection.' })
  id!: string;
}
