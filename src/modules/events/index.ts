import type { Database } from '../../database';
import type { JobService } from '../jobs/job.service';
import { CollectionEventsResolver } from './event-cursor.resolver';
import { EventReader, type EventReaderDependencies } from './event-reader.service';
import { EventWatch, type EventWatchDependencies } from './event-watch';
import { EventResolver } from './event.resolver';
import { EventStore } from './event.store';

export interface EventParts extends Omit<EventReaderDependencies, 'events' | 'watch'> {
  readonly database: Database;
  readonly newestOf: EventWatchDependencies['newestOf'];
  readonly jobs: JobService;
}

export function createEvents({ database, jobs, newestOf, ...parts }: EventParts) {
  const reader = new EventReader({ ...parts, events: new EventStore(database), watch: new EventWatch({ newestOf }) });
  return { reader, resolvers: [new EventResolver(jobs), new CollectionEventsResolver(reader)] };
}
