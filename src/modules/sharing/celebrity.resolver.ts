import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { TenantScope } from '../../domain/tenant-scope';
import { apiKeyIdOf, Caller, OfWholeTenant, RequireScope, Scope } from '../../graphql/access';
import { Charges } from '../../graphql/charges';
import type { ApiContext } from '../../graphql/context';
import { Cost } from '../../graphql/limits';
import type { Principal } from '../../graphql/principal';
import { presentDetected } from '../recognition/detected-face.presenter';
import type { BudgetHolder } from '../recognition/search-budgets';
import { RecognizeCelebritiesArgs } from './celebrity.inputs';
import { CelebrityService } from './celebrity.service';
import { RecognizeCelebritiesPayload } from './celebrity.types';

/** Gives out the address of a cover. */
export interface CoverAddresses {
  coverUrl(grantee: TenantScope, grantId: string, sealedId: string, clientOrigin?: string, apiKeyId?: string): string;
}

/** Of every key: none of them may read what it looks people up in. */
function holderOf(caller: Principal): BudgetHolder {
  if (caller.kind !== 'tenant') return { apiKeyId: '', maxNearMatches: 0, maxPersonsNamed: 0 };
  const { maxNearMatchesHourly, maxPersonsNamedHourly } = caller.limits;
  return {
    apiKeyId: caller.apiKeyId,
    maxNearMatches: maxNearMatchesHourly,
    maxPersonsNamed: maxPersonsNamedHourly,
  };
}

@Resolver()
export class CelebrityResolver {
  constructor(
    private readonly service: CelebrityService,
    private readonly addresses: CoverAddresses,
  ) {}

  @Cost(500)
  @Charges({ SEARCHES: 1, FACES: 1 })
  @RequireScope('SEARCH')
  @OfWholeTenant()
  @Query(() => RecognizeCelebritiesPayload, {
    description:
      'Whom of the people in galleries an image shows: every face, in all of the galleries at once. Charged to you and written into your audit alone: a gallery’s owner learns nothing of it.',
  })
  async recognizeCelebrities(
    @Scope() scope: TenantScope,
    @Caller() caller: Principal,
    @Ctx() context: ApiContext,
    @Args(() => RecognizeCelebritiesArgs) args: RecognizeCelebritiesArgs,
  ): Promise<RecognizeCelebritiesPayload> {
    const answer = await this.service.recognize(scope, { ...args, holder: holderOf(caller) });
    return {
      searchId: answer.auditId,
      celebrityFaces: answer.recognized.map(
        ({ face, galleryId, id, name, urls, knownFor, similarity, showsCover }) => ({
          ...presentDetected(face),
          ...{ galleryId, id, name, urls, knownFor, similarity },
          coverUrl: showsCover
            ? this.addresses.coverUrl(scope, galleryId, id, context.clientOrigin, apiKeyIdOf(context))
            : null,
        }),
      ),
      unrecognizedFaces: answer.unrecognized.map((face) => ({ ...presentDetected(face), reasons: face.rejections })),
      firstFrameOnly: answer.firstFrameOnly,
    };
  }
}
