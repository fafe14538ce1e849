import { Arg, Args, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { TenantScope } from '../../domain/tenant-scope';
import { RequireScope, Scope } from '../../graphql/access';
import { Pager } from '../../graphql/connection';
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
  @Query(() => JobConnection, { description: 'Your jobs, newest first.' })
  async jobs(@Scope() scope: TenantScope, @Args(() => JobsArgs) args: JobsArgs) {
    const { kind, state } = args.filter ?? {};
    const filter = { ...(kind ? { kind } : {}), ...(state ? { state } : {}) };
    const rows = await this.service.list(scope, filter, this.pager.request(scope, 'jobs', args));
    return this.pager.connection(scope, 'jobs', args, rows, presentJob);
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
  @Mutation(() => RetryJobPayload, { description: 'Works again on every item of a finished job that failed.' })
  async retryJob(
    @Scope() scope: TenantScope,
    @Arg('input', () => RetryJobInput, { description: 'Which job.' }) { id }: RetryJobInput,
  ): Promise<RetryJobPayload> {
    return { job: presentJob(await this.service.retry(scope, id)) };
  }

  @Cost(20)
  @FieldResolver(() => JobItemConnection, { description: 'Its items in the order of the request.' })
  async items(@Scope() scope: TenantScope, @Root() job: Job, @Args(() => JobItemsArgs) args: JobItemsArgs) {
    const list = `items of ${job.id}`;
    const { first, afterId } = this.pager.request(scope, list, args);
    const page = { first, ...(afterId === undefined ? {} : { afterOrdinal: Number(afterId) }) };
    const { state, indexed } = args.filter ?? {};
    const filter = {
      ...(state ? { state } : {}),
      ...(indexed === null || indexed === undefined ? {} : { indexed }),
    };
    const rows = await this.service.listItems(scope, job.id, filter, page);
    const placed = rows.map((row) => ({ id: String(row.ordinal), row }));
    return this.pager.connection(scope, list, args, placed, ({ row }) => presentItem(row));
  }
}
