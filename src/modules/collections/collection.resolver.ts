import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { OfWholeTenant, RequireScope, Scope } from '../../graphql/access';
import { byKey, Pager, type ListSource } from '../../graphql/pager';
import type { ApiContext } from '../../graphql/context';
import { GoesOnWhenFull } from '../../graphql/room';
import { badInput } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CollectionOrderField, CollectionRecord } from '../../records/collection';
import { OLDEST_FIRST, type Placed } from '../../records/page';
import { presentPack } from '../packs/pack.presenter';
import { ModelPack } from '../packs/pack.types';
import {
  CollectionArgs,
  CollectionsArgs,
  CreateCollectionInput,
  DeleteCollectionInput,
  UpdateCollectionInput,
} from './collection.inputs';
import { CollectionService } from './collection.service';
import {
  Collection,
  CollectionConnection,
  CreateCollectionPayload,
  DeleteCollectionPayload,
  UpdateCollectionPayload,
} from './collection.types';

const NULLABLE = new Set(['similarityThreshold', 'retentionDays']);

@Resolver(() => Collection)
export class CollectionResolver {
  constructor(
    private readonly service: CollectionService,
    private readonly pager: Pager,
  ) {}

  @RequireScope('READ')
  @Query(() => CollectionConnection, {
    description: 'Your collections, the oldest first unless `orderBy` says otherwise.',
  })
  async collections(@Scope() scope: TenantScope, @Args(() => CollectionsArgs) args: CollectionsArgs) {
    const filter = args.filter?.text ? { text: args.filter.text } : {};
    const list: ListSource<Placed<CollectionRecord>, CollectionOrderField> = {
      owner: scope,
      name: 'collections',
      order: args.orderBy ?? OLDEST_FIRST,
      rows: (page) => this.service.list(scope, filter, page),
      count: (atMost) => this.service.count(scope, filter, atMost),
      position: byKey,
    };
    return this.pager.connection(args, list, (row) => row);
  }

  @RequireScope('READ')
  @Query(() => Collection, {
    nullable: true,
    description: 'One collection, by id or by name; null when there is none.',
  })
  collection(@Scope() scope: TenantScope, @Args(() => CollectionArgs) args: CollectionArgs) {
    return this.service.find(scope, args);
  }

  @RequireScope('WRITE')
  @OfWholeTenant()
  @Mutation(() => CreateCollectionPayload, { description: 'Makes a collection. CONFLICT when the name is in use.' })
  async createCollection(
    @Scope() scope: TenantScope,
    @Arg('input', () => CreateCollectionInput, { description: 'Its settings.' }) input: CreateCollectionInput,
  ): Promise<CreateCollectionPayload> {
    return { collection: await this.service.create(scope, input) };
  }

  @RequireScope('WRITE')
  @Mutation(() => UpdateCollectionPayload, {
    description: 'Changes a collection’s settings; its pack is changed by reembedCollection.',
  })
  async updateCollection(
    @Scope() scope: TenantScope,
    @Arg('input', () => UpdateCollectionInput, { description: 'Which one, and what changes.' })
    input: UpdateCollectionInput,
  ): Promise<UpdateCollectionPayload> {
    const { id, ...given } = input;
    const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const [emptied] = Object.keys(changes).filter((name) => changes[name] === null && !NULLABLE.has(name));
    if (emptied) throw badInput({ path: `input.${emptied}`, rule: 'cannot be null: leave it out to keep it' });
    return { collection: await this.service.update(scope, id, changes) };
  }

  @RequireScope('WRITE')
  @GoesOnWhenFull()
  @Mutation(() => DeleteCollectionPayload, {
    description: 'Deletes a collection with its persons, faces and images: invisible at once, removed by a job.',
  })
  async deleteCollection(
    @Scope() scope: TenantScope,
    @Ctx() context: ApiContext,
    @Arg('input', () => DeleteCollectionInput, { description: 'Which one.' }) { id }: DeleteCollectionInput,
  ): Promise<DeleteCollectionPayload> {
    return { deletedCollectionId: id, jobId: await this.service.delete(scope, id, context.requestId) };
  }

  @FieldResolver(() => ModelPack, { nullable: true, description: 'Its pack; null when this server does not serve it.' })
  modelPack(@Root() collection: Collection): ModelPack | null {
    const pack = this.service.findServedPack(collection.modelPackId);
    return pack ? presentPack(pack) : null;
  }
}
