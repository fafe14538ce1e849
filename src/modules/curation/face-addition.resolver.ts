import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { DomainError, notFound } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import { RequireScope, Scope, scopesOf } from '../../graphql/access';
import { Charges } from '../../graphql/charges';
import type { ApiContext } from '../../graphql/context';
import { Cost } from '../../graphql/limits';
import type { FaceService } from '../faces/face.service';
import { AddFaceInput } from './curation.inputs';
import type { CurationService } from './curation.service';
import { AddFacePayload } from './curation.types';
import type { FaceAdditionService } from './face-addition.service';

/** Faces that a detector has missed. */
@Resolver()
export class FaceAdditionResolver {
  constructor(
    private readonly additions: FaceAdditionService,
    private readonly operations: Pick<CurationService, 'get'>,
    private readonly faces: Pick<FaceService, 'find'>,
  ) {}

  @Cost(500)
  @Charges({ FACES: 1 })
  @RequireScope('WRITE')
  @Mutation(() => AddFacePayload, {
    description:
      'Adds a face that was missed, where a box is drawn about it: embedded as an enrolled one, at the landmarks that are found there, and nobody’s. Needs the scopes WRITE and ENROLL. CONFLICT with details.faceId where a face is there already; NO_FACE_FOUND where nothing can be recognised as one.',
  })
  async addFace(
    @Scope() scope: TenantScope,
    @Ctx() context: ApiContext,
    @Arg('input', () => AddFaceInput, { description: 'Where.' }) { imageId, boundingBox }: AddFaceInput,
  ): Promise<AddFacePayload> {
    if (!scopesOf(context).has('ENROLL')) {
      throw new DomainError(
        'FORBIDDEN',
        'A face that is added is enrolled: use a key that has the scope ENROLL, too.',
        {
          details: { scopes: ['ENROLL'] },
        },
      );
    }
    const { faceId, operationId } = await this.additions.add(scope, imageId, boundingBox, context.requestId);
    const face = await this.faces.find(scope, faceId);
    if (!face) throw notFound('face');
    return { face, operation: await this.operations.get(scope, operationId) };
  }
}
