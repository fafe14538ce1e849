import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ErrorCode } from '../../domain/errors';
import type { UnindexedReason } from '../../domain/quality';
import { createConnection } from '../../graphql/connection';
import { ErrorCodeEnum } from '../../graphql/error-code';
import { Node } from '../../graphql/node';
import { DateTime, JSONObject } from '../../graphql/scalars';
import { JOB_ITEM_STATES, JOB_STATES, type JobItemState, type JobState } from '../../records/job';
import { Face, UnindexedReasonEnum } from '../faces/face.types';
import { Image } from '../faces/image.types';
import { jobKinds } from './job-kinds';

export const JobKindEnum = Object.fromEntries(jobKinds.names.map((name) => [name, name]));
registerEnumType(JobKindEnum, {
  name: 'JobKind',
  description: 'What a job does.',
  valuesConfig: Object.fromEntries(jobKinds.all.map(({ name, description }) => [name, { description }])),
});

export const JobStateEnum = Object.fromEntries(JOB_STATES.map((state) => [state, state]));
registerEnumType(JobStateEnum, {
  name: 'JobState',
  description: 'How far a job has come.',
  valuesConfig: {
    QUEUED: { description: 'Nothing of it has begun.' },
    IN_PROGRESS: { description: 'Being worked on.' },
    SUCCEEDED: { description: 'Every item has its outcome; `progress.failed` of them failed.' },
    FAILED: { description: 'It could not do its work at all; `error` says why.' },
    CANCELLED: { description: 'Stopped by cancelJob; what was done stays.' },
  },
});

export const JobItemStateEnum = Object.fromEntries(JOB_ITEM_STATES.map((state) => [state, state]));
registerEnumType(JobItemStateEnum, {
  name: 'JobItemState',
  description: 'How far an item has come.',
  valuesConfig: {
    PENDING: { description: 'Not begun.' },
    RUNNING: { description: 'Being worked on.' },
    SUCCEEDED: { description: 'Its faces are recorded.' },
    FAILED: { description: '`error` says why; retryJob tries it again.' },
    CANCELLED: { description: 'Not begun when the job was cancelled.' },
  },
});

@ObjectType({ description: 'Why something failed.', simpleResolvers: true })
export class OutcomeError {
  @Field(() => ErrorCodeEnum, { description: 'What was wrong, for a program.' })
  code!: ErrorCode;

  @Field({ description: 'What was wrong and what to do.' })
  message!: string;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'Facts for a program, as in the `extensions` of an error: with AMBIGUOUS_FACE the `boxes` {left top width height} of the faces that may be meant, the largest first.',
  })
  details?: Readonly<Record<string, unknown>>;
}

@ObjectType({
  description:
    'What became of the items of a job: indexed + unindexed + failed + cancelled + pending = total. A deletion has one item.',
  simpleResolvers: true,
})
export class JobProgress {
  @Field(() => Int, { description: 'Items that succeeded: indexed + unindexed.' })
  done!: number;

  @Field(() => Int, { description: 'Items that succeeded and of which a face is for searches to find.' })
  indexed!: number;

  @Field(() => Int, {
    description:
      'Items that succeeded and of which no face was indexed: each face of theirs was rejected. `items(filter: { indexed: false })` lists them.',
  })
  unindexed!: number;

  @Field(() => Int, { description: 'Items that failed; retryJob works on them again.' })
  failed!: number;

  @Field(() => Int, { description: 'Items that had not begun when the job was cancelled.' })
  cancelled!: number;

  @Field(() => Int, { description: 'Items that have no outcome yet.' })
  pending!: number;

  @Field(() => Int, { description: 'All items.' })
  total!: number;
}

@ObjectType({ implements: Node, description: 'Work that outlives a request.' })
export class Job {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => JobKindEnum, { description: 'What it does.' })
  kind!: string;

  @Field(() => JobStateEnum, { description: 'How far it has come.' })
  state!: JobState;

  @Field(() => ID, { nullable: true, description: 'The collection it works on.' })
  collectionId!: string | null;

  @Field(() => JobProgress, { description: 'What became of its items.' })
  progress!: JobProgress;

  @Field(() => OutcomeError, { nullable: true, description: 'Why it FAILED.' })
  error!: OutcomeError | null;

  @Field(() => DateTime, { nullable: true, description: 'When cancelJob was called.' })
  cancelRequestedAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was accepted.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When its first item was begun.' })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When nothing was left to do.' })
  finishedAt!: Date | null;
}

export const JobConnection = createConnection(Job, 'JobConnection');

@ObjectType({ description: 'A face that was found but not indexed.', simpleResolvers: true })
export class UnindexedFace {
  @Field(() => Face, { description: 'The face.' })
  face!: Face;

  @Field(() => [UnindexedReasonEnum], { description: 'Why.' })
  reasons!: readonly UnindexedReason[];
}

@ObjectType({ description: 'Another person of the collection whom a face is like.', simpleResolvers: true })
export class KnownElsewhere {
  @Field(() => ID, { description: 'Whom.' })
  personId!: string;

  @Field(() => Float, { description: 'Similarity to the nearest of their faces, 0-100.' })
  similarity!: number;
}

@ObjectType({ description: 'One image of an enrolment, with its own outcome.', simpleResolvers: true })
export class JobItem {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => Int, { description: 'Position in the request, from 0.' })
  ordinal!: number;

  @Field(() => JobItemStateEnum, { description: 'How far it has come.' })
  state!: JobItemState;

  @Field(() => String, { nullable: true, description: 'Your own id of the image.' })
  externalImageId!: string | null;

  @Field(() => Image, { nullable: true, description: 'The accepted image; an earlier one’s when `duplicate`.' })
  image!: Image | null;

  @Field({ description: 'The same bytes were enrolled for the same person before: these are those faces.' })
  duplicate!: boolean;

  @Field(() => KnownElsewhere, {
    nullable: true,
    description:
      'Whom else of the collection the face is like, as a search would find, where `onKnownElsewhere` asks; faces that are enrolled at the same moment do not see each other.',
  })
  knownElsewhere!: KnownElsewhere | null;

  @Field(() => [Face], { description: 'Faces that were indexed, largest first.' })
  faceRecords!: Face[];

  @Field(() => [UnindexedFace], { description: 'Faces that were not, with the reasons.' })
  unindexedFaces!: UnindexedFace[];

  @Field(() => OutcomeError, { nullable: true, description: 'Why it FAILED.' })
  error!: OutcomeError | null;
}

export const JobItemConnection = createConnection(JobItem, 'JobItemConnection');

@ObjectType({ description: 'Answer of cancelJob.', simpleResolvers: true })
export class CancelJobPayload {
  @Field(() => Job, { description: 'The job as it is now.' })
  job!: Job;
}

@ObjectType({ description: 'Answer of retryJob.', simpleResolvers: true })
export class RetryJobPayload {
  @Field(() => Job, { description: 'The job as it is now.' })
  job!: Job;
}
