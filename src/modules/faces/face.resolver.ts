import { Arg, Args, Ctx, Field, FieldResolver, ID, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { badInput } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import { apiKeyIdOf, RequireScope, Scope } from '../../graphql/access';
import type { ApiContext } from '../../graphql/context';
import { Cost } from '../../graphql/limits';
import { GoesOnWhenFull } from '../../graphql/room';
import { byId, byKey, Pager, type ListSource } from '../../graphql/pager';
import type { FaceFilter, FaceOrderField, FaceRecord } from '../../records/face';
import { OLDEST_FIRST, type Placed } from '../../records/page';
import { Person } from '../persons/person.types';
import { AssignFacesInput, DeleteFacesInput, FacesArgs, OrderedFacesArgs, UnassignFacesInput } from './face.inputs';
import { FaceService } from './face.service';
import { Face, FaceConnection } from './face.types';

@ObjectType({ description: 'Answer of assignFaces.', simpleResolvers: true })
class AssignFacesPayload {
  @Field(() => [Face], { description: 'The faces as they are now.' })
  faces!: Face[];

  @Field(() => ID, { nullable: true, description: 'What `undo` takes; null when nothing changed.' })
  operationId!: string | null;
}

@ObjectType({ description: 'Answer of unassignFaces.', simpleResolvers: true })
class UnassignFacesPayload {
  @Field(() => [Face], { description: 'The faces as they are now.' })
  faces!: Face[];

  @Field(() => [ID], { description: 'One operation for each collection in which something changed.' })
  operationIds!: string[];
}

@ObjectType({ description: 'Answer of deleteFaces.', simpleResolvers: true })
class DeleteFacesPayload {
  @Field(() => [ID], { description: 'Those that were there and are gone.' })
  deletedFaceIds!: string[];

  @Field(() => ID, { nullable: true, description: 'The job that removes their images; null when none was deleted.' })
  jobId!: string | null;
}

/** Signed, expiring addresses of images. */
export interface ImageAddresses {
  /**
   * @param clientOrigin where the asking client reached this server, if that is known.
   * @param apiKeyId the key that it is given to.
   */
  imageUrl(scope: TenantScope, imageId: string, clientOrigin?: string, apiKeyId?: string): string;
  faceCropUrl(scope: TenantScope, faceId: string, clientOrigin?: string, apiKeyId?: string): string;
}

function listOfFaces(
  service: FaceService,
  scope: TenantScope,
  name: string,
  filter: FaceFilter,
  { orderBy }: OrderedFacesArgs,
): ListSource<Placed<FaceRecord>, FaceOrderField> {
  const order = orderBy ?? OLDEST_FIRST;
  return {
    owner: scope,
    name,
    order,
    rows: (page) => service.list(scope, filter, page),
    count: (atMost) => service.count(scope, filter, atMost),
    position: order.field === 'CREATED_AT' ? byId : byKey,
  };
}

@Resolver(() => Face)
export class FaceResolver {
  constructor(
    private readonly service: FaceService,
    private readonly pager: Pager,
    private readonly addresses: ImageAddresses,
  ) {}

  @RequireScope('READ')
  @Query(() => FaceConnection, { description: 'Faces, the oldest first unless `orderBy` says otherwise.' })
  async faces(@Scope() scope: TenantScope, @Args(() => FacesArgs) args: FacesArgs) {
    const { collectionId, personId, assigned, state } = args.filter ?? {};
    const filter = {
      ...(collectionId ? { collectionId } : {}),
      ...(personId ? { personId } : {}),
      ...(assigned === null || assigned === undefined ? {} : { assigned }),
      ...(state ? { state } : {}),
    };
    if (args.orderBy && args.orderBy.field !== 'CREATED_AT' && !collectionId && !personId) {
      throw badInput({
        path: 'orderBy',
        rule: `by ${args.orderBy.field} needs filter.collectionId or filter.personId`,
      });
    }
    return this.pager.connection(args, listOfFaces(this.service, scope, 'faces', filter, args), (row) => row);
  }

  @RequireScope('READ')
  @Query(() => Face, { nullable: true, description: 'One face; null when there is none of that id.' })
  face(@Scope() scope: TenantScope, @Arg('id', () => ID, { description: 'The face.' }) id: string) {
    return this.service.find(scope, id);
  }

  @RequireScope('WRITE')
  @Mutation(() => AssignFacesPayload, { description: 'Gives faces to a person of their collection, all or none.' })
  async assignFaces(
    @Scope() scope: TenantScope,
    @Ctx() { requestId }: ApiContext,
    @Arg('input', () => AssignFacesInput, { description: 'Which faces, whose.' }) input: AssignFacesInput,
  ): Promise<AssignFacesPayload> {
    return this.service.assign(scope, input.faceIds, input.personId, requestId);
  }

  @RequireScope('WRITE')
  @Mutation(() => UnassignFacesPayload, { description: 'Leaves faces assigned to nobody, all or none.' })
  async unassignFaces(
    @Scope() scope: TenantScope,
    @Ctx() { requestId }: ApiContext,
    @Arg('input', () => UnassignFacesInput, { description: 'Which faces.' }) input: UnassignFacesInput,
  ): Promise<UnassignFacesPayload> {
    return this.service.unassign(scope, input.faceIds, requestId);
  }

  @RequireScope('WRITE')
  @GoesOnWhenFull()
  @Mutation(() => DeleteFacesPayload, { description: 'Deletes faces: no search answers with them from then on.' })
  async deleteFaces(
    @Scope() scope: TenantScope,
    @Ctx() context: ApiContext,
    @Arg('input', () => DeleteFacesInput, { description: 'Which faces.' }) input: DeleteFacesInput,
  ): Promise<DeleteFacesPayload> {
    const { deletedIds, jobId } = await this.service.delete(scope, input.faceIds, context.requestId);
    return { deletedFaceIds: deletedIds, jobId };
  }

  @FieldResolver(() => String, { description: 'Signed, expiring address of a square crop around the face (JPEG).' })
  cropUrl(@Scope() scope: TenantScope, @Ctx() context: ApiContext, @Root() face: Face): string {
    return this.addresses.faceCropUrl(scope, face.id, context.clientOrigin, apiKeyIdOf(context));
  }
}

@Resolver(() => Person)
export class PersonFacesResolver {
  constructor(
    private readonly service: FaceService,
    private readonly pager: Pager,
  ) {}

  @Cost(20)
  @FieldResolver(() => FaceConnection, {
    description: 'Their faces, the oldest first unless `orderBy` says otherwise.',
  })
  async faces(
    @Scope() scope: TenantScope,
    @Ctx() { loaders }: ApiContext,
    @Root() person: Person,
    @Args(() => OrderedFacesArgs) args: OrderedFacesArgs,
  ) {
    const list = listOfFaces(this.service, scope, `faces of ${person.id}`, { personId: person.id }, args);
    const rows: typeof list.rows = (page) => {
      if (page.after || page.before) return list.rows(page);
      // The first page of each person of an answer is read at once; the name says all that `page` does.
      const { field, direction } = list.order;
      const loader = `person.faces ${page.first} ${page.backwards ?? false} ${field} ${direction}`;
      return loaders.get(loader, (ids) => this.service.listByOwners(scope, 'person', ids, page)).get(person.id);
    };
    return this.pager.connection(args, { ...list, rows }, (row) => row);
  }
}
