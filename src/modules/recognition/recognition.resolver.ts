import { Args, Query, Resolver } from 'type-graphql';
import { coarsenSimilarity, roundDistance, roundMilliseconds, roundRate, roundSimilarity } from '../../domain/rounding';
import type { TenantScope } from '../../domain/tenant-scope';
import { Caller, RequireScope, Scope } from '../../graphql/access';
import { Charges } from '../../graphql/charges';
import { Cost } from '../../graphql/limits';
import type { Principal } from '../../graphql/principal';
import type { FaceRecord } from '../../records/face';
import { presentPack } from '../packs/pack.presenter';
import { personFilterOf } from '../persons/person-filter.inputs';
import { ComparisonService } from './comparison.service';
import { presentDetected } from './detected-face.presenter';
import { CompareFacesArgs, DetectFacesArgs, SearchFacesArgs, VerifyPersonArgs } from './recognition.inputs';
import {
  CompareFacesPayload,
  DetectFacesPayload,
  SearchFacesPayload,
  VerifyPersonPayload,
  type FaceMatch,
} from './recognition.types';
import type { BudgetHolder } from './search-budgets';
import type { ScoredFace } from './search-scoring';
import { SearchService } from './search.service';

/** A face that has just been matched carries its vector: only the record goes on. */
function presentFace(face: FaceRecord): FaceRecord {
  const { vector: _vector, ...record } = face as FaceRecord & { vector?: Float32Array };
  return record;
}

function mayRead(caller: Principal): boolean {
  return caller.kind === 'tenant' && caller.scopes.has('READ');
}

/** Whose budgets a search takes of; null: of nobody's, since the key may read the gallery anyway. */
function holderOf(caller: Principal): BudgetHolder | null {
  if (caller.kind !== 'tenant' || mayRead(caller)) return null;
  const { maxNearMatchesHourly, maxPersonsNamedHourly } = caller.limits;
  return {
    apiKeyId: caller.apiKeyId,
    maxNearMatches: maxNearMatchesHourly,
    maxPersonsNamed: maxPersonsNamedHourly,
  };
}

/** The similarity of a stored face as the caller may know it. */
function presentSimilarity(similarity: number, threshold: number, caller: Principal): number {
  return mayRead(caller) ? roundSimilarity(similarity) : coarsenSimilarity(similarity, threshold);
}

function presentScores(scored: { similarity: number; distance: number }) {
  return { similarity: roundSimilarity(scored.similarity), distance: roundDistance(scored.distance) };
}

function presentMatch(scored: ScoredFace): FaceMatch {
  return { face: presentFace(scored.face), ...presentScores(scored) };
}

/** How many images a search has to look at: none for what is stored. */
function countImages({ image, images }: Partial<SearchFacesArgs>): number {
  return (image ? 1 : 0) + (images?.length ?? 0);
}

@Resolver()
export class RecognitionResolver {
  constructor(
    private readonly comparisons: ComparisonService,
    private readonly searches: SearchService,
  ) {}

  @Cost(500)
  @Charges({ FACES: 1 })
  @RequireScope('SEARCH')
  @Query(() => DetectFacesPayload, { description: 'Finds the faces of an image. Nothing is stored.' })
  async detectFaces(
    @Scope() scope: TenantScope,
    @Args(() => DetectFacesArgs) args: DetectFacesArgs,
  ): Promise<DetectFacesPayload> {
    const { image, pack } = await this.comparisons.detect(scope, args.image, {
      ...(args.modelPack ? { modelPack: args.modelPack } : {}),
      maxFaces: args.maxFaces,
    });
    return {
      faces: image.faces.map(presentDetected),
      width: image.width,
      height: image.height,
      firstFrameOnly: image.firstFrameOnly,
      modelPack: presentPack(pack),
    };
  }

  @Cost(1_000)
  @Charges({ SEARCHES: 1, FACES: 2 })
  @RequireScope('SEARCH')
  @Query(() => CompareFacesPayload, {
    description: 'Compares the largest face of one image with every face of another. Nothing is stored.',
  })
  async compareFaces(
    @Scope() scope: TenantScope,
    @Args(() => CompareFacesArgs) args: CompareFacesArgs,
  ): Promise<CompareFacesPayload> {
    const result = await this.comparisons.compare(scope, args.source, args.target, {
      ...(args.modelPack ? { modelPack: args.modelPack } : {}),
      qualityFilter: args.qualityFilter,
    });
    const modelPack = presentPack(result.pack);
    return {
      source: presentDetected(result.source),
      isAmbiguous: result.isAmbiguous,
      faces: result.faces.map((one) => ({
        face: presentDetected(one.detected),
        similarity: one.similarity === null ? null : roundSimilarity(one.similarity),
        distance: roundDistance(one.distance),
        isMatch: one.isMatch,
      })),
      threshold: result.threshold,
      firstFrameOnly: result.firstFrameOnly,
      operatingPoints: modelPack.operatingPoints,
      modelPack,
    };
  }

  @Cost(500)
  @Charges({ SEARCHES: 1, FACES: 1 })
  @RequireScope('SEARCH')
  @Query(() => VerifyPersonPayload, {
    description:
      'Whether an image’s largest face is a person’s, judged against their faces, the newest 1,000 if they have more.',
  })
  async verifyPerson(
    @Scope() scope: TenantScope,
    @Caller() caller: Principal,
    @Args(() => VerifyPersonArgs) args: VerifyPersonArgs,
  ): Promise<VerifyPersonPayload> {
    const result = await this.comparisons.verifyPerson(scope, args.personId, args.image, holderOf(caller));
    const modelPack = presentPack(result.pack);
    return {
      searchId: result.auditId,
      isMatch: result.isMatch,
      similarity: result.best ? presentSimilarity(result.best.similarity, result.threshold, caller) : null,
      distance: result.best ? roundDistance(result.best.distance) : null,
      threshold: roundSimilarity(result.threshold),
      estimatedFmr: roundRate(result.estimatedFmr),
      firstFrameOnly: result.firstFrameOnly,
      probe: presentDetected(result.probe),
      isAmbiguous: result.isAmbiguous,
      face: result.best ? presentFace(result.best.face) : null,
      supportingFaces: result.supportingFaces.map(presentMatch),
      operatingPoints: modelPack.operatingPoints,
      modelPack,
    };
  }

  @Cost(500)
  @Charges((args) => ({ SEARCHES: 1, FACES: countImages(args) }))
  @RequireScope('SEARCH')
  @Query(() => SearchFacesPayload, {
    description:
      'Who is this? Every face of an image, several photographs of one person, a stored face or a stored person, against the faces of collections. A stored face or person, a filter, a threshold below the collections’ own and a limit above 10 need the scope READ, too.',
  })
  async searchFaces(
    @Scope() scope: TenantScope,
    @Caller() caller: Principal,
    @Args(() => SearchFacesArgs) args: SearchFacesArgs,
  ): Promise<SearchFacesPayload> {
    const result = await this.searches.search(scope, {
      ...args,
      filter: args.filter ? personFilterOf(args.filter) : null,
      mayRead: mayRead(caller),
      holder: holderOf(caller),
    });
    const modelPack = presentPack(result.pack);
    return {
      searchId: result.auditId,
      probes: result.probes.map((probe) => ({
        ...presentDetected(probe.shown),
        fusedFaces: probe.fusedFaces.map(presentDetected),
        reasons: probe.reasons,
        matches: probe.matches.map((match) => ({
          person: match.person,
          face: presentFace(match.face),
          ...presentScores(match),
          similarity: presentSimilarity(match.similarity, result.threshold, caller),
          supportingFaces: match.supportingFaces.map(presentMatch),
        })),
      })),
      threshold: roundSimilarity(result.threshold),
      thresholdSource: result.thresholdSource,
      estimatedFpir: roundRate(result.estimatedFpir),
      gallerySize: result.gallerySize,
      firstFrameOnly: result.firstFrameOnly,
      operatingPoints: modelPack.operatingPoints,
      modelPack,
      timings: {
        decodeMs: roundMilliseconds(result.timings.decodeMs),
        analysisMs: roundMilliseconds(result.timings.analysisMs),
        indexMs: roundMilliseconds(result.timings.indexMs),
        databaseMs: roundMilliseconds(result.timings.databaseMs),
        totalMs: roundMilliseconds(result.timings.totalMs),
      },
    };
  }
}
