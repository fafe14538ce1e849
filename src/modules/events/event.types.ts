import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, JSONObject } from '../../graphql/scalars';
import { EVENT_TYPES, type EventType } from '../../domain/events';

export const EventTypeEnum = Object.fromEntries(EVENT_TYPES.map((type) => [type, type]));
registerEnumType(EventTypeEnum, {
  name: 'EventType',
  description: 'What happened.',
  valuesConfig: {
    JOB_CREATED: { description: 'A job was accepted.' },
    JOB_STARTED: { description: 'Its first item was begun.' },
    JOB_PROGRESS: { description: 'More of its items have outcomes; at most one a second.' },
    JOB_SUCCEEDED: { description: 'Every item has its outcome.' },
    JOB_FAILED: { description: 'It could not do its work at all.' },
    JOB_CANCELLED: { description: 'It was cancelled.' },
    JOB_RETRIED: { description: 'Its failed items are tried again.' },
    COLLECTION_CREATED: { description: 'A collection was made.' },
    COLLECTION_UPDATED: { description: 'A collection’s settings changed.' },
    COLLECTION_DELETED: { description: 'A collection was deleted.' },
    PERSON_CREATED: { description: 'A person was made known.' },
    PERSON_UPDATED: { description: 'A person’s name, id or metadata changed.' },
    PERSONS_DELETED: { description: 'Persons were deleted.' },
    FACES_INDEXED: { description: 'Searches can find these faces now.' },
    FACES_ASSIGNED: { description: 'Faces were given to a person.' },
    FACES_UNASSIGNED: { description: 'Faces were taken from their persons.' },
    FACES_DELETED: { description: 'Faces were deleted.' },
    OPERATION_RECORDED: { description: 'Who is who was changed: by an operation that can be undone.' },
  },
});

@ObjectType({ description: 'Something that happened, in the tenant’s own order.', simpleResolvers: true })
export class Event {
  @Field({ description: 'Pass it as `after` to go on after this event.' })
  cursor!: string;

  @Field(() => EventTypeEnum, { description: 'What happened.' })
  type!: EventType;

  @Field(() => ID, { nullable: true, description: 'The job it happened to.' })
  jobId!: string | null;

  @Field(() => ID, { nullable: true, description: 'The collection it happened to.' })
  collectionId!: string | null;

  @Field(() => JSONObject, { description: 'Ids and counts, by type.' })
  payload!: Readonly<Record<string, unknown>>;

  @Field(() => DateTime, { description: 'When.' })
  createdAt!: Date;
}
