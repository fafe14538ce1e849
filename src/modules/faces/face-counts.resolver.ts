import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { TenantScope } from '../../domain/tenant-scope';
import { Scope } from '../../graphql/access';
import type { ApiContext } from '../../graphql/context';
import { Cost } from '../../graphql/limits';
import { Collection } from '../collections/collection.types';
import { FaceService } from './face.service';

/** Counts of a collection that are made when they are asked for, those of one answer at once. */
@Resolver(() => Collection)
export class CollectionFacesResolver {
  constructor(private readonly service: FaceService) {}

  @Cost(20)
  @FieldResolver(() => Int, {
    description:
      'Indexed faces that are assigned to nobody: `faces(filter: { assigned: false })` lists them. Part of `faceCount`.',
  })
  unassignedFaceCount(@Scope() scope: TenantScope, @Ctx() context: ApiContext, @Root() { id }: Collection) {
    return context.loaders
      .get('collection.unassignedFaceCount', (ids) => this.service.countUnassigned(scope, ids))
      .get(id);
  }

  @Cost(20)
  @FieldResolver(() => Int, {
    description:
      'Faces that were found and not indexed: `faces(filter: { state: UNINDEXED })` lists them, with the reasons. Not part of `faceCount`.',
  })
  unindexedFaceCount(@Scope() scope: TenantScope, @Ctx() context: ApiContext, @Root() { id }: Collection) {
    return context.loaders
      .get('collection.unindexedFaceCount', (ids) => this.service.countUnindexed(scope, ids))
      .get(id);
  }
}
