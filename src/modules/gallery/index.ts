import type { Database } from '../../database';
import type { FaceService } from '../faces/face.service';
import { GroupingStore } from '../grouping/grouping.store';
import type { PersonService } from '../persons/person.service';
import { DuplicatePersonsService } from './duplicate-persons.service';
import type { GalleryDependencies } from './gallery-dependencies';
import { GalleryResolver } from './gallery.resolver';
import { GalleryStore } from './gallery.store';
import { ReferenceAuditService } from './reference-audit.service';

export interface GalleryParts extends Omit<GalleryDependencies, 'gallery' | 'groupings'> {
  readonly database: Database;
  readonly persons: Pick<PersonService, 'findMany'>;
  readonly faces: Pick<FaceService, 'findMany'>;
}

export function createGallery({ database, persons, faces, ...parts }: GalleryParts) {
  const deps = { ...parts, gallery: new GalleryStore(database), groupings: new GroupingStore(database) };
  const [audits, duplicates] = [new ReferenceAuditService(deps), new DuplicatePersonsService(deps)];
  return { audits, duplicates, resolvers: [new GalleryResolver(audits, duplicates, persons, faces)] };
}
