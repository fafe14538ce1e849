import type { Database } from '../../database';
import type { JobService } from '../jobs/job.service';
import { CollectionEventsResolver } from './event-cursor.resolver';
import { EventReader, type EventReaderDependencies } from './event-reader.service';
import { EventResolver } from './event.resolver';
import { EventStore } from './event.store';

export interface EventParts extends Omit<EventReaderDependencies, 'events'> {
  readonly database: Database;
  readonly jobs: JobService;
}

export function createEvents({ database, jobs, ...parts }: EventParts) {
  const reader = new EventReader({ ...parts, events: new EventStore(database) });
  return { reader, resolvers: [new EventResolver(jobs), new CollectionEventsResolver(reader)] };
}
