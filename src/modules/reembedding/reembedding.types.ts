import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../graphql/scalars';
import { REEMBEDDING_STATES, type ReembeddingState } from '../../records/reembedding';
import { Collection } from '../collections/collection.types';
import { Job } from '../jobs/job.types';

const ReembeddingStateEnum = Object.fromEntries(REEMBEDDING_STATES.map((state) => [state, state]));
registerEnumType(ReembeddingStateEnum, {
  name: 'ReembeddingState',
  description: 'How far a collection’s move to another pack has come.',
  valuesConfig: {
    RUNNING: { description: 'Its faces are being embedded; searches answer from the pack that it has.' },
    SWITCHED: { description: 'Searches answer from the other pack.' },
    STOPPED: { description: 'Cancelled or failed before the switch: nothing has changed for searches.' },
  },
});

@ObjectType({ description: 'A collection’s move to another pack.', simpleResolvers: true })
export class Reembedding {
  @Field(() => ID, { description: 'The job that does it: follow it with jobUpdated, stop it with cancelJob.' })
  jobId!: string;

  @Field({ description: 'name@version of the pack that it comes from.' })
  sourcePackId!: string;

  @Field({ description: 'name@version of the pack that it goes to.' })
  targetPackId!: string;

  @Field(() => ReembeddingStateEnum, { description: 'How far it has come.' })
  state!: ReembeddingState;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  startedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it switched, or stopped.' })
  endedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Until then rollBackReembedding moves the collection back quickly; null: it does not.',
  })
  canRollBackUntil!: Date | null;
}

@ObjectType({ description: 'Answer of reembedCollection.', simpleResolvers: true })
export class ReembedCollectionPayload {
  @Field(() => Job, { description: 'The job that moves it; follow it with jobUpdated.' })
  job!: Job;
}

@ObjectType({ description: 'Answer of rollBackReembedding.', simpleResolvers: true })
export class RollBackReembeddingPayload {
  @Field(() => Job, { description: 'The job that moves it back; follow it with jobUpdated.' })
  job!: Job;
}

@ObjectType({ description: 'Answer of finishReembedding.', simpleResolvers: true })
export class FinishReembeddingPayload {
  @Field(() => Collection, { description: 'The collection as it is now.' })
  collection!: Collection;
}
