import { LikenessError } from './errors.ts';
import {
  CollectionEventsDocument,
  EventCursorDocument,
  type CollectionEventsSubscription,
  type EventType,
} from './generated/operations.ts';
import type { RequestFunction } from './http.ts';
import type { OpenSubscription, Subscription, SubscriptionOptions } from './subscription.ts';

export type CollectionEvent = CollectionEventsSubscription['collectionEvents'];

export interface CollectionEventsOptions extends SubscriptionOptions {
  /** Only of these types. @default all */
  readonly types?: readonly EventType[] | undefined;
  /** A cursor of an earlier event, or of `eventCursor`. @default where the collection is when the loop begins */
  readonly after?: string | undefined;
}

export interface CollectionFollowerOptions {
  readonly request: RequestFunction;
  readonly subscribe: OpenSubscription;
}

/** Follows what happens to collections. */
export class CollectionFollower {
  constructor(private readonly options: CollectionFollowerOptions) {}

  /** @throws LikenessError NOT_FOUND. */
  async cursor(collectionId: string, { signal }: SubscriptionOptions = {}): Promise<string> {
    const { collection } = await this.options.request(EventCursorDocument, { collectionId }, { signal });
    if (collection) return collection.eventCursor;
    throw new LikenessError('NOT_FOUND', 'No such collection. It may have been deleted; check the id.');
  }

  follow(collectionId: string, { types, after, signal }: CollectionEventsOptions = {}): Subscription<CollectionEvent> {
    return this.options.subscribe(
      CollectionEventsDocument.toString(),
      // A connection that is lost before the first event has nothing to go on from but the place where it began.
      async () => ({ collectionId, types, after: after ?? (await this.cursor(collectionId, { signal })) }),
      (data) => (data as CollectionEventsSubscription).collectionEvents,
      { signal },
    );
  }
}
