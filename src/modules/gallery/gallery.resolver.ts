import { Args, Query, Resolver } from 'type-graphql';
import { roundMeasure, roundSimilarity } from '../../domain/rounding';
import type { TenantScope } from '../../domain/tenant-scope';
import { RequireScope, Scope } from '../../graphql/access';
import { Cost } from '../../graphql/limits';
import type { FaceService } from '../faces/face.service';
import type { PersonService } from '../persons/person.service';
import type { DuplicatePersonsService } from './duplicate-persons.service';
import { AuditGalleryArgs, DuplicatePersons, FindDuplicatePersonsArgs, GalleryAudit } from './gallery.types';
import type { ReferenceAuditService } from './reference-audit.service';

/** What is wrong with who is who, as it seems. Changes nothing. */
@Resolver()
export class GalleryResolver {
  constructor(
    private readonly audits: ReferenceAuditService,
    private readonly duplicates: DuplicatePersonsService,
    private readonly persons: Pick<PersonService, 'findMany'>,
    private readonly faces: Pick<FaceService, 'findMany'>,
  ) {}

  @Cost(1_000)
  @RequireScope('READ')
  @Query(() => GalleryAudit, {
    description:
      'Faces that may be wrong or poor references of their person, the surest first. Of persons with two faces and more. Nothing is changed.',
  })
  async auditGallery(
    @Scope() scope: TenantScope,
    @Args(() => AuditGalleryArgs) { collectionId, afterPersonId, limit }: AuditGalleryArgs,
  ): Promise<GalleryAudit> {
    const { doubted, ...looked } = await this.audits.audit(scope, collectionId, {
      afterPerson: afterPersonId ?? null,
      limit,
    });
    const people = await this.peopleOf(
      scope,
      doubted.flatMap(({ personId, better }) => [personId, ...(better ? [better.personId] : [])]),
    );
    const faces = await this.faces.findMany(
      scope,
      doubted.map(({ faceId }) => faceId),
    );
    const faceOf = new Map(faces.map((face) => [face.id, face]));
    return {
      ...looked,
      doubted: doubted.flatMap(({ faceId, personId, reason, score, ownSimilarity, better }) => {
        const [face, person] = [faceOf.get(faceId), people.get(personId)];
        if (!face || !person) return [];
        const other = people.get(better?.personId ?? '');
        return [
          {
            face,
            person,
            reason,
            score: roundMeasure(score),
            ownSimilarity: roundSimilarity(ownSimilarity),
            better: better && other ? { person: other, similarity: roundSimilarity(better.similarity) } : null,
          },
        ];
      }),
    };
  }

  @Cost(1_000)
  @RequireScope('READ')
  @Query(() => DuplicatePersons, {
    description:
      'Persons who look like one, the surest first, to be merged or said to be different people. Nothing is changed.',
  })
  async findDuplicatePersons(
    @Scope() scope: TenantScope,
    @Args(() => FindDuplicatePersonsArgs) args: FindDuplicatePersonsArgs,
  ): Promise<DuplicatePersons> {
    const { pairs, ...looked } = await this.duplicates.find(scope, args.collectionId, {
      minSimilarity: args.minSimilarity ?? null,
      afterPerson: args.afterPersonId ?? null,
      limit: args.limit,
    });
    const people = await this.peopleOf(
      scope,
      pairs.flatMap(({ personId, otherId }) => [personId, otherId]),
    );
    return {
      ...looked,
      pairs: pairs.flatMap(({ personId, otherId, similarity, sharedImageIds }) => {
        const [one, other] = [people.get(personId), people.get(otherId)];
        return one && other ? [{ persons: [one, other], similarity: roundSimilarity(similarity), sharedImageIds }] : [];
      }),
    };
  }

  private async peopleOf(scope: TenantScope, ids: readonly string[]) {
    const people = await this.persons.findMany(scope, [...new Set(ids)]);
    return new Map(people.map((person) => [person.id, person]));
  }
}
