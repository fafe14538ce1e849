import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { roundSimilarity } from '../../domain/rounding';
import type { TenantScope } from '../../domain/tenant-scope';
import { RequireScope, Scope } from '../../graphql/access';
import type { ApiContext } from '../../graphql/context';
import { Cost } from '../../graphql/limits';
import type { FaceRecord } from '../../records/face';
import type { FaceService } from '../faces/face.service';
import { Face } from '../faces/face.types';
import type { PersonService } from '../persons/person.service';
import { GroupingService, MAX_FACES } from './grouping.service';
import { ClusterFacesArgs, ClusterFacesPayload, FaceGroup, Suggestion, SuggestionsArgs } from './grouping.types';

@Resolver()
export class GroupingResolver {
  constructor(
    private readonly service: GroupingService,
    private readonly persons: Pick<PersonService, 'findMany'>,
    private readonly faces: Pick<FaceService, 'findMany'>,
  ) {}

  @Cost(1_000)
  @RequireScope('READ')
  @Query(() => ClusterFacesPayload, {
    description:
      'Groups faces that are one person’s, as it seems. Faces of one image are never in one group, hidden ones in none. Nothing is changed.',
  })
  async clusterFaces(
    @Scope() scope: TenantScope,
    @Args(() => ClusterFacesArgs) args: ClusterFacesArgs,
  ): Promise<ClusterFacesPayload> {
    const { groups, messyFaceIds, ...looked } = await this.service.cluster(scope, args.collectionId, {
      which: args.scope,
      minSimilarity: args.minSimilarity ?? null,
      olderThan: args.olderThanFaceId ?? null,
    });
    const people = await this.peopleOf(
      scope,
      groups.flatMap(({ nearest }) => nearest?.personId ?? []),
    );
    return {
      groups: groups.map(({ faceIds, nearest }) => {
        const person = people.get(nearest?.personId ?? '');
        return {
          size: faceIds.length,
          faceIds,
          nearest: nearest && person ? { person, similarity: roundSimilarity(nearest.similarity) } : null,
        };
      }),
      messyGroup: messyFaceIds,
      maxFaces: MAX_FACES,
      ...looked,
    };
  }

  @Cost(1_000)
  @RequireScope('READ')
  @Query(() => [Suggestion], {
    description:
      'Whose the faces of nobody may be, the surest first: never who was rejected for a face, and no hidden face. nameFaces with `suggested` confirms one.',
  })
  async suggestions(
    @Scope() scope: TenantScope,
    @Args(() => SuggestionsArgs) { collectionId, minSimilarity, limit }: SuggestionsArgs,
  ): Promise<Suggestion[]> {
    const found = await this.service.suggest(scope, collectionId, minSimilarity, limit);
    const people = await this.peopleOf(
      scope,
      found.map(({ personId }) => personId),
    );
    const faces = await this.faces.findMany(
      scope,
      found.map(({ faceId }) => faceId),
    );
    const faceOf = new Map(faces.map((face) => [face.id, face]));
    return found.flatMap(({ faceId, personId, similarity }) => {
      const [face, person] = [faceOf.get(faceId), people.get(personId)];
      return face && person ? [{ face, person, similarity: roundSimilarity(similarity) }] : [];
    });
  }

  private async peopleOf(scope: TenantScope, ids: readonly string[]) {
    const people = await this.persons.findMany(scope, [...new Set(ids)]);
    return new Map(people.map((person) => [person.id, person]));
  }
}

/** The faces of all groups of an answer, looked up at once. */
@Resolver(() => FaceGroup)
export class FaceGroupResolver {
  constructor(private readonly service: Pick<FaceService, 'findMany'>) {}

  @Cost(1_000)
  @FieldResolver(() => [Face], { description: 'All of them, the oldest first; who was deleted meanwhile is left out.' })
  async faces(
    @Scope() scope: TenantScope,
    @Ctx() { loaders }: ApiContext,
    @Root() { faceIds }: FaceGroup,
  ): Promise<FaceRecord[]> {
    const loader = loaders.get<FaceRecord | undefined>('faceGroup.faces', async (ids) => {
      const byId = new Map((await this.service.findMany(scope, ids)).map((face) => [face.id, face]));
      return ids.map((id) => byId.get(id));
    });
    const found = await Promise.all(faceIds.map((id) => loader.get(id)));
    return found.flatMap((face) => face ?? []);
  }
}
