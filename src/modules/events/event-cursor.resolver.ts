import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { TenantScope } from '../../domain/tenant-scope';
import { Scope } from '../../graphql/access';
import type { ApiContext } from '../../graphql/context';
import { Cost } from '../../graphql/limits';
import { Collection } from '../collections/collection.types';
import { EventReader } from './event-reader.service';

/** A place in the events of a collection from which to follow it. */
@Resolver(() => Collection)
export class CollectionEventsResolver {
  constructor(private readonly reader: EventReader) {}

  @Cost(10)
  @FieldResolver(() => String, {
    description:
      'Pass it as `after` to `collectionEvents` to hear all that happens from now on. Ask for it alone, then read what you show, then subscribe: so nothing is missed.',
  })
  eventCursor(@Scope() scope: TenantScope, @Ctx() context: ApiContext, @Root() { id }: Collection): Promise<string> {
    // Events are numbered by tenant: all collections of one answer have the same.
    return context.loaders
      .get('collection.eventCursor', async (ids) => {
        const cursor = await this.reader.currentCursor(scope);
        return ids.map(() => cursor);
      })
      .get(id);
  }
}
