import type { Database } from '../../database';
import { EnrollmentResolver } from './enrollment.resolver';
import { EnrollmentService, type EnrollmentServiceDependencies } from './enrollment.service';
import { EnrollmentStore } from './enrollment.store';

export interface EnrollmentParts extends Omit<EnrollmentServiceDependencies, 'enrollments'> {
  readonly database: Database;
}

/** Its acceptance; the work is made by `createEnrollmentHandler`. */
export function createEnrollment({ database, ...parts }: EnrollmentParts) {
  const service = new EnrollmentService({ ...parts, enrollments: new EnrollmentStore(database) });
  return { service, resolvers: [new EnrollmentResolver(service)] };
}
