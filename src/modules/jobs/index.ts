import type { Database } from '../../database';
import type { Pager } from '../../graphql/pager';
import { jobKinds } from './job-kinds';
import { JobResolver } from './job.resolver';
import { JobService, type JobServiceDependencies } from './job.service';
import { JobStore } from './job.store';

export interface JobParts extends Omit<JobServiceDependencies, 'jobs'> {
  readonly database: Database;
  readonly pager: Pager;
}

export function createJobs({ database, pager, ...parts }: JobParts) {
  const service = new JobService({ ...parts, jobs: new JobStore(database, jobKinds) });
  return { service, resolvers: [new JobResolver(service, pager)] };
}
