import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { TenantScope } from '../../domain/tenant-scope';
import { apiKeyIdOf, RequireScope, Scope } from '../../graphql/access';
import { PageArgs } from '../../graphql/connection';
import type { ApiContext } from '../../graphql/context';
import { Cost } from '../../graphql/limits';
import { byId, byKey, Pager, type ListSource } from '../../graphql/pager';
import type { FaceOrderField, FaceRecord } from '../../records/face';
import type { ImageOrderField, ImageRecord } from '../../records/image';
import { OLDEST_FIRST, type Placed } from '../../records/page';
import type { ImageAddresses } from './face.resolver';
import { FaceService } from './face.service';
import { FaceConnection } from './face.types';
import { ImagesArgs } from './image.inputs';
import { ImageService } from './image.service';
import { Image, ImageConnection } from './image.types';

@Resolver(() => Image)
export class ImageResolver {
  constructor(
    private readonly images: ImageService,
    private readonly faceService: FaceService,
    private readonly pager: Pager,
    private readonly addresses: ImageAddresses,
  ) {}

  @RequireScope('READ')
  @Query(() => Image, { nullable: true, description: 'One accepted image; null when there is none of that id.' })
  image(@Scope() scope: TenantScope, @Arg('id', () => ID, { description: 'The image.' }) id: string) {
    return this.images.find(scope, id);
  }

  @RequireScope('READ')
  @Query(() => ImageConnection, {
    name: 'images',
    description: 'The accepted images of a collection, the oldest first unless `orderBy` says otherwise.',
  })
  async listImages(@Scope() scope: TenantScope, @Args(() => ImagesArgs) args: ImagesArgs) {
    const { externalImageId, personId } = args.filter ?? {};
    const filter = { ...(externalImageId ? { externalImageId } : {}), ...(personId ? { personId } : {}) };
    const list: ListSource<Placed<ImageRecord>, ImageOrderField> = {
      owner: scope,
      name: 'images',
      order: args.orderBy ?? OLDEST_FIRST,
      rows: (page) => this.images.list(scope, args.collectionId, filter, page),
      count: (atMost) => this.images.count(scope, args.collectionId, filter, atMost),
      position: byKey,
    };
    return this.pager.connection(args, list, (row) => row);
  }

  @FieldResolver(() => String, { description: 'Signed, expiring address of the image.' })
  url(@Scope() scope: TenantScope, @Ctx() context: ApiContext, @Root() image: Image): string {
    return this.addresses.imageUrl(scope, image.id, context.clientOrigin, apiKeyIdOf(context));
  }

  @Cost(5)
  @FieldResolver(() => FaceConnection, {
    description: 'The faces that were found in it, those that were not indexed among them, the largest first.',
  })
  async faces(
    @Scope() scope: TenantScope,
    @Ctx() { loaders }: ApiContext,
    @Root() image: Image,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    const filter = { imageId: image.id };
    const list: ListSource<FaceRecord, FaceOrderField> = {
      owner: scope,
      name: `faces of ${image.id}`,
      order: OLDEST_FIRST,
      rows: (page) => {
        if (page.after || page.before) return this.faceService.list(scope, filter, page);
        // The first page of each image of an answer is read at once; the name says all that `page` does.
        const loader = `image.faces ${page.first} ${page.backwards ?? false}`;
        return loaders.get(loader, (ids) => this.faceService.listByOwners(scope, 'image', ids, page)).get(image.id);
      },
      count: (atMost) => this.faceService.count(scope, filter, atMost),
      position: byId,
    };
    return this.pager.connection(args, list, (row) => row);
  }
}
