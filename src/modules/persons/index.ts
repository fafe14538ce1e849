import type { Database } from '../../database';
import type { Pager } from '../../graphql/pager';
import { PersonResolver } from './person.resolver';
import { PersonService, type PersonServiceDependencies } from './person.service';
import { PersonStore } from './person.store';

export interface PersonParts extends Omit<PersonServiceDependencies, 'persons'> {
  readonly database: Database;
  readonly pager: Pager;
}

export function createPersons({ database, pager, ...parts }: PersonParts) {
  const store = new PersonStore(database);
  const service = new PersonService({ ...parts, persons: store });
  return { store, service, resolvers: [new PersonResolver(service, pager)] };
}
