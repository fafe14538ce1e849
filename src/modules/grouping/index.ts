import type { Database } from '../../database';
import type { FaceService } from '../faces/face.service';
import type { PersonService } from '../persons/person.service';
import { FaceGroupResolver, GroupingResolver } from './grouping.resolver';
import { GroupingService, type GroupingDependencies } from './grouping.service';
import { GroupingStore } from './grouping.store';

export interface GroupingParts extends Omit<GroupingDependencies, 'groupings'> {
  readonly database: Database;
  readonly persons: Pick<PersonService, 'findMany'>;
  readonly faces: Pick<FaceService, 'findMany'>;
}

export function createGrouping({ database, persons, faces, ...parts }: GroupingParts) {
  const service = new GroupingService({ ...parts, groupings: new GroupingStore(database) });
  return { service, resolvers: [new GroupingResolver(service, persons, faces), new FaceGroupResolver(faces)] };
}
