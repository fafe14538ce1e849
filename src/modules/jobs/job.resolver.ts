import { Arg, Args, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { TenantScope } from '../../domain/tenant-scope';
import { RequireScope, Scope } from '../../graphql/access';
import { byId, Pager, type ListSource } from '../../graphql/pager';
import {
  NEWEST_FIRST,
  REQUEST_ORDER,
  type JobItemOrderField,
  type JobItemRecord,
  type JobOrderField,
  type JobRecord,
} from '../../records/job';
import { Charges } from '../../graphql/charges';
import { Cost } from '../../graphql/limits';
import { GoesOnWhenFull, TakesFiles } from '../../graphql/room';
import { CancelJobInput, JobItemsArgs, JobsArgs, RetryJobInput } from './job.inputs';
import { presentItem, presentJob } from './job.presenter';
import { JobService } from './job.service';
import { CancelJobPayload, Job, JobConnection, JobItemConnection, RetryJobPayload } from './job.types';

@Resolver(() => Job)
export class JobResolver {
  constructor(
    private readonly service: JobService,
    private readonly pager: Pager,
  ) {}

  @RequireScope('READ')
  @Query(() => JobConnection, { description: 'Your jobs, the newest first unless `orderBy` says otherwise.' })
  async jobs(@Scope() scope: TenantScope, @Args(() => JobsArgs) args: JobsArgs) {
    const { kind, state } = args.filter ?? {};
    const filter = { ...(kind ? { kind } : {}), ...(state ? { state } : {}) };
    const list: ListSource<JobRecord, JobOrderField> = {
      owner: scope,
      name: 'jobs',
      order: args.orderBy ?? NEWEST_FIRST,
      rows: (page) => this.service.list(scope, filter, page),
      count: (atMost) => this.service.count(scope, filter, atMost),
      position: byId,
    };
    return this.pager.connection(args, list, presentJob);
  }

  @RequireScope('READ')
  @Query(() => Job, { nullable: true, description: 'One job; null when there is none of that id.' })
  async job(@Scope() scope: TenantScope, @Arg('id', () => ID, { description: 'The job.' }) id: string) {
    const job = await this.service.find(scope, id);
    return job && presentJob(job);
  }

  @RequireScope('ENROLL')
  @GoesOnWhenFull()
  @Mutation(() => CancelJobPayload, {
    description: 'Cancels what has not begun; what runs stops before its next item. What was done stays.',
  })
  async cancelJob(
    @Scope() scope: TenantScope,
    @Arg('input', () => CancelJobInput, { description: 'Which job.' }) { id }: CancelJobInput,
  ): Promise<CancelJobPayload> {
    return { job: presentJob(await this.service.cancel(scope, id)) };
  }

  @RequireScope('ENROLL')
  @TakesFiles()
  // As enrollFaces: faces are counted as they are recorded, and no work begins while there is a debt.
  @Charges({ FACES: 1 })
  @Mutation(() => RetryJobPayload, {
    description:
      'Works again on the items of a finished job that failed: on all, or on those that `itemIds` names. CONFLICT when one of these has not failed.',
  })
  async retryJob(
    @Scope() scope: TenantScope,
    @Arg('input', () => RetryJobInput, { description: 'Which job.' }) { id, itemIds }: RetryJobInput,
  ): Promise<RetryJobPayload> {
    return { job: presentJob(await this.service.retry(scope, id, itemIds ?? null)) };
  }

  @Cost(20)
  @FieldResolver(() => JobItemConnection, { description: 'Its items in the order of the request.' })
  async items(@Scope() scope: TenantScope, @Root() job: Job, @Args(() => JobItemsArgs) args: JobItemsArgs) {
    const { state, indexed } = args.filter ?? {};
    const filter = {
      ...(state ? { state } : {}),
      ...(indexed === null || indexed === undefined ? {} : { indexed }),
    };
    const list: ListSource<JobItemRecord, JobItemOrderField> = {
      owner: scope,
      name: `items of ${job.id}`,
      order: REQUEST_ORDER,
      rows: (page) => this.service.listItems(scope, job.id, filter, page),
      count: (atMost) => this.service.countItems(scope, job.id, filter, atMost),
      position: ({ ordinal }) => ({ id: String(ordinal) }),
    };
    return this.pager.connection(args, list, presentItem);
  }
}
