import type { Database } from '../../database';
import type { Pager } from '../../graphql/pager';
import type { FaceService } from '../faces/face.service';
import type { PersonService } from '../persons/person.service';
import { FaceAdditionResolver } from './face-addition.resolver';
import { FaceAdditionService, type FaceAdditionDependencies } from './face-addition.service';
import { FaceAdditionStore } from './face-addition.store';
import { CurationResolver } from './curation.resolver';
import { CurationService } from './curation.service';
import { MergeStore } from './merge.store';
import { NamingStore } from './naming.store';
import { OperationResolver } from './operation.resolver';
import { OperationStore } from './operation.store';
import { UndoStore } from './undo.store';

export interface CurationParts extends Omit<FaceAdditionDependencies, 'additions'> {
  readonly database: Database;
  readonly pager: Pager;
  readonly persons: Pick<PersonService, 'find'>;
  readonly faces: Pick<FaceService, 'find' | 'findMany'>;
}

export function createCuration({ database, pager, persons, faces, ...parts }: CurationParts) {
  const service = new CurationService({
    merges: new MergeStore(database),
    namings: new NamingStore(database),
    undos: new UndoStore(database),
    operations: new OperationStore(database),
    tryCatchUp: parts.tryCatchUp,
  });
  const additions = new FaceAdditionService({ ...parts, additions: new FaceAdditionStore(database) });
  const resolvers = [
    new CurationResolver(service, persons, faces),
    new FaceAdditionResolver(additions, service, faces),
    new OperationResolver(service, pager),
  ];
  return { service, resolvers };
}
