import type { SearchAudit } from '../audit/search-audit.service';
import type { CollectionIndex } from '../collection-index/collection-index.service';
import type { CollectionService } from '../collections/collection.service';
import type { CollectionTurns } from '../grouping/collection-turns';
import type { GroupingStore } from '../grouping/grouping.store';
import type { GalleryStore } from './gallery.store';

/** What looking through a gallery takes. */
export interface GalleryDependencies {
  readonly turns: CollectionTurns;
  readonly collections: Pick<CollectionService, 'getMany' | 'getPack'>;
  readonly collectionIndex: Pick<CollectionIndex, 'search'>;
  readonly groupings: Pick<GroupingStore, 'findPersons' | 'listRejections'>;
  readonly gallery: Pick<GalleryStore, 'listReferences' | 'findRejected' | 'findSamePhotographs'>;
  readonly audit: Pick<SearchAudit, 'record'>;
}
