import { Arg, FieldResolver, ID, Resolver, Root, Subscription, type ResolverData } from 'type-graphql';
import { assertAccess, principalOf, RequireScope, Scope, tenantScopeOf } from '../../graphql/access';
import type { ApiContext } from '../../graphql/context';
import type { EventFilter, EventType, ReadEvent } from '../../domain/events';
import type { TenantScope } from '../../domain/tenant-scope';
import { presentJob } from '../jobs/job.presenter';
import { JobService } from '../jobs/job.service';
import { Job } from '../jobs/job.types';
import { Event, EventTypeEnum } from './event.types';

type SubscriptionData = Pick<ResolverData<ApiContext>, 'args' | 'context'>;

interface JobUpdatedArgs {
  readonly jobId: string;
  readonly after?: string | null;
}

interface CollectionEventsArgs {
  readonly collectionId: string;
  readonly types?: EventType[] | null;
  readonly after?: string | null;
}

/** type-graphql checks access when an event is resolved; this checks it before anything is read. */
function read<Args extends { readonly after?: string | null }>(
  { args, context }: SubscriptionData,
  filterOf: (args: Args) => EventFilter,
) {
  assertAccess(principalOf(context), ['READ']);
  const given = args as Args;
  return context.readEvents(tenantScopeOf(context), filterOf(given), { after: given.after ?? null });
}

@Resolver(() => Event)
export class EventResolver {
  constructor(private readonly jobs: JobService) {}

  @RequireScope('READ')
  @Subscription(() => Event, {
    description:
      'A job’s events: from its beginning, or after the cursor; then live. Completes after the job’s last event.',
    subscribe: (data: SubscriptionData) => read<JobUpdatedArgs>(data, ({ jobId }) => ({ jobId })),
  })
  jobUpdated(
    @Root() event: ReadEvent,
    @Arg('jobId', () => ID, { description: 'The job.' }) _jobId: string,
    @Arg('after', () => String, { nullable: true, description: 'Only what came after this event.' })
    _after?: string | null,
  ): Event {
    return present(event);
  }

  @RequireScope('READ')
  @Subscription(() => Event, {
    description: 'A collection’s events: from now on, or after the cursor. Does not end by itself.',
    subscribe: (data: SubscriptionData) =>
      read<CollectionEventsArgs>(data, ({ collectionId, types }) => ({ collectionId, ...(types ? { types } : {}) })),
  })
  collectionEvents(
    @Root() event: ReadEvent,
    @Arg('collectionId', () => ID, { description: 'The collection.' }) _collectionId: string,
    @Arg('types', () => [EventTypeEnum], { nullable: true, description: 'Only of these types.' })
    _types?: EventType[] | null,
    @Arg('after', () => String, { nullable: true, description: 'Only what came after this event.' })
    _after?: string | null,
  ): Event {
    return present(event);
  }

  @FieldResolver(() => Job, { nullable: true, description: 'The job as it is now; null when the event is of none.' })
  async job(@Scope() scope: TenantScope, @Root() event: Event): Promise<Job | null> {
    const job = event.jobId ? await this.jobs.find(scope, event.jobId) : null;
    return job && presentJob(job);
  }
}

function present({ cursor, type, jobId, collectionId, payload, createdAt }: ReadEvent): Event {
  return { cursor, type, jobId: jobId ?? null, collectionId: collectionId ?? null, payload, createdAt };
}
