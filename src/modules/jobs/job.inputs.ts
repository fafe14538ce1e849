import { ArrayMaxSize, ArrayMinSize, IsOptional, IsUUID } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../graphql/connection';
import { createOrder } from '../../graphql/order';
import type { JobItemState, JobOrderField, JobState } from '../../records/job';
import type { Order } from '../../records/page';
import { JobItemStateEnum, JobKindEnum, JobStateEnum } from './job.types';

@InputType({ description: 'Which jobs to list; all conditions must hold.' })
class JobFilterInput {
  @Field(() => JobKindEnum, { nullable: true, description: 'Only of this kind.' })
  kind?: string | null;

  @Field(() => JobStateEnum, { nullable: true, description: 'Only in this state.' })
  state?: JobState | null;
}

const JobOrderInput = createOrder<JobOrderField>('Job', { CREATED_AT: 'By when it was accepted.' });

@ArgsType()
export class JobsArgs extends PageArgs {
  @Field(() => JobFilterInput, { nullable: true, description: 'Which ones; all otherwise.' })
  filter?: JobFilterInput | null;

  @Field(() => JobOrderInput, { nullable: true, description: 'How to order them; CREATED_AT DESC otherwise.' })
  orderBy?: Order<JobOrderField> | null;
}

@InputType({ description: 'Which items of a job to list; all conditions must hold.' })
class JobItemFilterInput {
  @Field(() => JobItemStateEnum, { nullable: true, description: 'Only in this state: FAILED pages the failures.' })
  state?: JobItemState | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'true: only items of which a face was indexed; false: only items that succeeded and of which none was, as `progress` counts them.',
  })
  indexed?: boolean | null;
}

@ArgsType()
export class JobItemsArgs extends PageArgs {
  @Field(() => JobItemFilterInput, { nullable: true, description: 'Which ones; all otherwise.' })
  filter?: JobItemFilterInput | null;
}

@InputType({ description: 'Which job to cancel.' })
export class CancelJobInput {
  @Field(() => ID, { description: 'The job.' })
  id!: string;
}

@InputType({ description: 'Which job to work on again.' })
export class RetryJobInput {
  @Field(() => ID, { description: 'The job.' })
  id!: string;

  @Field(() => [ID], { nullable: true, description: '1-1000 items of it that failed; all that failed otherwise.' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @IsUUID('all', { each: true, message: 'itemIds must be UUIDs' })
  itemIds?: string[] | null;
}
