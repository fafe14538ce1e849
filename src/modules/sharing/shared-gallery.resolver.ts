import { Arg, Args, Mutation, Query, Resolver } from 'type-graphql';
import { badInput } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import { Caller, OfWholeTenant, RequireScope, RequireScopeOrOperator, Scope } from '../../graphql/access';
import { PageArgs } from '../../graphql/connection';
import { managedTenant } from '../../graphql/managed-tenant';
import { byId, Pager, type ListSource } from '../../graphql/pager';
import type { Principal } from '../../graphql/principal';
import { GoesOnWhenFull } from '../../graphql/room';
import { OLDEST_FIRST } from '../../records/page';
import type { GalleryRecord, GrantedGallery as Granted, GrantRecord } from '../../records/shared-gallery';
import {
  EndGalleryGrantInput,
  GalleriesArgs,
  GalleryGrantsArgs,
  GrantGalleryInput,
  PublishGalleryInput,
  UnpublishGalleryInput,
  UpdateGalleryInput,
} from './shared-gallery.inputs';
import { SharedGalleryService } from './shared-gallery.service';
import {
  EndGalleryGrantPayload,
  GalleryConnection,
  GalleryGrantConnection,
  GrantedGalleryConnection,
  GrantGalleryPayload,
  PublishGalleryPayload,
  UnpublishGalleryPayload,
  UpdateGalleryPayload,
} from './shared-gallery.types';

/** False matches of 1 in 100,000 pairs. */
const DEFAULT_FLOOR = 95;

@Resolver()
export class SharedGalleryResolver {
  constructor(
    private readonly service: SharedGalleryService,
    private readonly pager: Pager,
  ) {}

  @RequireScopeOrOperator('ADMIN')
  @OfWholeTenant()
  @Query(() => GalleryConnection, { description: 'The galleries that you publish, the oldest first.' })
  async galleries(@Caller() caller: Principal, @Args(() => GalleriesArgs) args: GalleriesArgs) {
    const scope = managedTenant(caller, args.tenantId);
    const list: ListSource<GalleryRecord, 'CREATED_AT'> = {
      owner: scope,
      name: 'galleries',
      order: OLDEST_FIRST,
      rows: (page) => this.service.list(scope, page),
      count: (atMost) => this.service.count(scope, atMost),
      position: byId,
    };
    return this.pager.connection(args, list, (row) => row);
  }

  @RequireScopeOrOperator('ADMIN')
  @OfWholeTenant()
  @Query(() => GalleryGrantConnection, {
    description: 'Who was granted a gallery of yours, the oldest first, ended grants, too.',
  })
  async galleryGrants(@Caller() caller: Principal, @Args(() => GalleryGrantsArgs) args: GalleryGrantsArgs) {
    const scope = managedTenant(caller, args.tenantId);
    const list: ListSource<GrantRecord, 'CREATED_AT'> = {
      owner: scope,
      name: `galleryGrants ${args.galleryId}`,
      order: OLDEST_FIRST,
      rows: (page) => this.service.listGrants(scope, args.galleryId, page),
      count: (atMost) => this.service.countGrants(scope, args.galleryId, atMost),
      position: byId,
    };
    return this.pager.connection(args, list, (row) => row);
  }

  @RequireScope('SEARCH', 'ADMIN')
  @OfWholeTenant()
  @Query(() => GrantedGalleryConnection, {
    description: 'The galleries of other tenants that you were granted, the oldest grant first.',
  })
  async grantedGalleries(@Scope() scope: TenantScope, @Args(() => PageArgs) args: PageArgs) {
    const list: ListSource<Granted, 'CREATED_AT'> = {
      owner: scope,
      name: 'grantedGalleries',
      order: OLDEST_FIRST,
      rows: (page) => this.service.listGranted(scope, page),
      count: (atMost) => this.service.countGranted(scope, atMost),
      position: byId,
    };
    return this.pager.connection(args, list, (row) => row);
  }

  @RequireScopeOrOperator('ADMIN')
  @OfWholeTenant()
  @Mutation(() => PublishGalleryPayload, {
    description:
      'Publishes a collection as a gallery: nobody sees it before grantGallery. CONFLICT when it is published already.',
  })
  async publishGallery(
    @Caller() caller: Principal,
    @Arg('input', () => PublishGalleryInput, { description: 'Which collection, and what may be told of it.' })
    input: PublishGalleryInput,
  ): Promise<PublishGalleryPayload> {
    const { collectionId, name, description, similarityFloor, showsCovers, tenantId } = input;
    const gallery = await this.service.publish(managedTenant(caller, tenantId), {
      collectionId,
      name,
      description: description ?? '',
      similarityFloor: similarityFloor ?? DEFAULT_FLOOR,
      showsCovers: showsCovers ?? false,
    });
    return { gallery };
  }

  @RequireScopeOrOperator('ADMIN')
  @OfWholeTenant()
  @Mutation(() => UpdateGalleryPayload, { description: 'Changes what may be told of a gallery, at once.' })
  async updateGallery(
    @Caller() caller: Principal,
    @Arg('input', () => UpdateGalleryInput, { description: 'Which one, and what changes.' }) input: UpdateGalleryInput,
  ): Promise<UpdateGalleryPayload> {
    const { id, tenantId, ...given } = input;
    const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const [emptied] = Object.keys(changes).filter((name) => changes[name] === null);
    if (emptied) throw badInput({ path: `input.${emptied}`, rule: 'cannot be null: leave it out to keep it' });
    return { gallery: await this.service.update(managedTenant(caller, tenantId), id, changes) };
  }

  @RequireScopeOrOperator('ADMIN')
  @OfWholeTenant()
  @GoesOnWhenFull()
  @Mutation(() => UnpublishGalleryPayload, {
    description: 'Takes a gallery back from everybody who was granted it. The collection stays as it is.',
  })
  async unpublishGallery(
    @Caller() caller: Principal,
    @Arg('input', () => UnpublishGalleryInput, { description: 'Which one.' }) { id, tenantId }: UnpublishGalleryInput,
  ): Promise<UnpublishGalleryPayload> {
    await this.service.unpublish(managedTenant(caller, tenantId), id);
    return { unpublishedGalleryId: id };
  }

  @RequireScopeOrOperator('ADMIN')
  @OfWholeTenant()
  @Mutation(() => GrantGalleryPayload, {
    description:
      'Lets another tenant look people up in a gallery of yours. You never learn who it looked up. CONFLICT when it has the gallery already.',
  })
  async grantGallery(
    @Caller() caller: Principal,
    @Arg('input', () => GrantGalleryInput, { description: 'Which gallery, and whom.' }) input: GrantGalleryInput,
  ): Promise<GrantGalleryPayload> {
    const { id, granteeTenantId, label, tenantId } = input;
    const scope = managedTenant(caller, tenantId);
    return { grant: await this.service.grant(scope, id, granteeTenantId, label ?? '') };
  }

  @RequireScopeOrOperator('ADMIN')
  @OfWholeTenant()
  @GoesOnWhenFull()
  @Mutation(() => EndGalleryGrantPayload, {
    description: 'Ends a grant for both sides; either of them may. What has ended stays as it is.',
  })
  async endGalleryGrant(
    @Caller() caller: Principal,
    @Arg('input', () => EndGalleryGrantInput, { description: 'Which grant.' }) { id, tenantId }: EndGalleryGrantInput,
  ): Promise<EndGalleryGrantPayload> {
    await this.service.endGrant(managedTenant(caller, tenantId), id);
    return { endedGrantId: id };
  }
}
