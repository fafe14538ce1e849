import { distanceAtSimilarity } from '../../domain/calibration';
import { badInput, DomainError } from '../../domain/errors';
import { estimatedFpir } from '../../domain/identification';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { CollectionRecord } from '../../records/collection';
import type { VectorSpace } from '../../records/vector-space';
import type { CollectionService } from '../collections/collection.service';
import type { CollectionIndex } from '../collection-index/collection-index.service';
import { nearOnes, withinBudgets, type GuardDependencies } from './guarded-search';
import { KnownPacks } from './known-packs';
import { ProbeHits } from './probe-hits';
import { SearchProbes, type SearchProbesDependencies } from './search-probes';
import { assertAskable, assertNotBelow } from './search-rights';
import { groupByPerson, scoreFaces, takeNearest, type PersonMatch } from './search-scoring';
import type { LoadedProbes, Probe, SearchCommand, SearchResult } from './search-shapes';
import { measureGallery } from './gallery-size';
import { chooseThreshold } from './search-threshold';

export interface SearchServiceDependencies extends GuardDependencies, SearchProbesDependencies {
  readonly collections: CollectionService;
  readonly collectionIndex: CollectionIndex;
}

const MAX_K = 1_024;
/** Faces fetched and scored for one request: many probes in many collections at a low threshold could want a million. */
const MAX_FACES = 20_000;

/** 1:N identification: every face of a photo against the galleries of one or more collections. */
export class SearchService {
  private readonly probes: SearchProbes;
  private readonly knownPacks = new KnownPacks();

  constructor(private readonly deps: SearchServiceDependencies) {
    this.probes = new SearchProbes(deps);
  }

  /**
   * @throws DomainError NOT_FOUND, MODEL_MISMATCH (collections of different packs), BAD_USER_INPUT, RATE_LIMITED (a budget of the
   * key is used up), FORBIDDEN (what only those
   * may ask who may read), and what loading and analysing the image and `SearchAudit.record` throw.
   */
  async search(scope: TenantScope, command: SearchCommand): Promise<SearchResult> {
    const startedAt = performance.now();
    const begunAt = new Date();
    let databaseMs = 0;
    const timed = async <T>(work: Promise<T>): Promise<T> => {
      const begin = performance.now();
      const answer = await work;
      databaseMs += performance.now() - begin;
      return answer;
    };

    if (!command.mayRead) assertAskable(command);
    const collectionIds = [...new Set(command.collectionIds)];
    const begun = this.beginAnalysis(scope, command, collectionIds);
    const collections = await timed(this.getCollections(scope, collectionIds));
    const pack = this.getCommonPack(collections);
    this.knownPacks.learn(scope, collectionIds, pack);
    const { identification } = pack.calibration;
    const measured = measureGallery(this.deps.faces, scope, collections).then((gallery) => {
      const own = chooseThreshold(null, collections, gallery, identification);
      if (!command.mayRead) assertNotBelow(own.threshold, command.threshold);
      return { gallery, chosen: chooseThreshold(command.threshold, collections, gallery, identification) };
    });
    // Before an image is analysed for a search that is refused.
    if (!command.mayRead) await measured;
    const [analysed, { gallery, chosen }] = await Promise.all([
      begun?.pack === pack ? begun.probes : this.probes.load(scope, command, pack),
      measured,
    ]);
    const { threshold, thresholdSource } = chosen;

    const maxDistance = distanceAtSimilarity(pack.calibration, threshold);
    let indexMs = 0;
    let matches: PersonMatch[][] = analysed.probes.map(() => []);
    for (let k = Math.min(MAX_K, Math.max(64, command.limit * 8)); ; k = Math.min(MAX_K, k * 4)) {
      const begin = performance.now();
      const hits = await this.searchIndexes(scope, collections, pack, analysed.probes, k);
      indexMs += performance.now() - begin;
      const answer = await timed(this.resolveHits(scope, command, collections, pack, analysed.probes, hits, threshold));
      matches = answer;
      // A person with very many faces can fill the first k: look deeper while the k-th is still over the threshold.
      const wantsMore = hits.some(
        (perProbe, index) => perProbe.isCut(k, maxDistance) && (answer[index]?.length ?? 0) < command.limit,
      );
      if (!wantsMore || k === MAX_K) break;
    }

    const found = matches.flat();
    const named = found.flatMap(({ person, similarity }) => (person ? [{ personId: person.id, similarity }] : []));
    await withinBudgets(this.deps, scope, command.holder ?? null, collectionIds, (holder, budgets) => {
      for (const personId of nearOnes(named, threshold)) budgets.takeNear(holder, personId);
      budgets.name(
        holder,
        named.map(({ personId }) => personId),
      );
    });
    const auditId = await timed(
      this.deps.audit.record(scope, {
        collectionIds,
        subjectIds: [...askedAbout(analysed), ...found.map(({ person, face }) => person?.id ?? face.id)],
        probes: analysed.digests,
        results: found.length,
        startedAt: begunAt,
        details: {
          threshold,
          ...(command.faceId ? { faceId: command.faceId } : {}),
          ...(analysed.personId ? { personId: analysed.personId } : {}),
        },
      }),
    );
    return {
      auditId,
      probes: analysed.probes.map((probe, index) => ({
        shown: probe.shown,
        fusedFaces: probe.fusedFaces,
        reasons: probe.reasons,
        matches: matches[index] ?? [],
      })),
      threshold,
      thresholdSource,
      estimatedFpir: estimatedFpir(threshold, gallery, identification),
      gallerySize: gallery.faces,
      firstFrameOnly: analysed.firstFrameOnly,
      pack,
      timings: {
        decodeMs: analysed.decodeMs,
        analysisMs: analysed.analysisMs,
        indexMs,
        databaseMs,
        totalMs: performance.now() - startedAt,
      },
    };
  }

  /**
   * Before the collections are known: what is lost where they are gone is one analysis. Who may not read waits, where the threshold may be
   * one that is refused.
   */
  private beginAnalysis(scope: TenantScope, command: SearchCommand, collectionIds: readonly string[]) {
    const pack = this.knownPacks.find(scope, collectionIds);
    const mayBeRefused = !command.mayRead && typeof command.threshold === 'number';
    if (!pack || command.faceId || command.personId || mayBeRefused) return undefined;
    const probes = this.probes.load(scope, command, pack);
    // Thrown where it is waited for, if it is.
    probes.catch(() => undefined);
    return { pack, probes };
  }

  private async getCollections(scope: TenantScope, collectionIds: readonly string[]): Promise<CollectionRecord[]> {
    try {
      return await this.deps.collections.getMany(scope, collectionIds);
    } catch (error) {
      this.knownPacks.forget(scope, collectionIds);
      throw error;
    }
  }

  private getCommonPack(collections: readonly CollectionRecord[]): CalibratedPack {
    const first = collections[0];
    if (!first) throw badInput({ path: 'collectionIds', rule: 'must name at least one collection' });
    if (collections.some((one) => one.embeddingDigest !== first.embeddingDigest)) {
      throw new DomainError(
        'MODEL_MISMATCH',
        'These collections are pinned to different model packs, whose scores cannot be ranked together. Search them apart.',
      );
    }
    return this.deps.collections.getPack(first);
  }

  private async searchIndexes(
    scope: TenantScope,
    collections: readonly CollectionRecord[],
    pack: CalibratedPack,
    probes: readonly Probe[],
    k: number,
  ): Promise<ProbeHits[]> {
    const answers = probes.map(() => new ProbeHits());
    const embedded = probes.flatMap((probe, index) => (probe.embedding ? [{ index, vector: probe.embedding }] : []));
    if (embedded.length === 0) return answers;
    await Promise.all(
      collections.map(async (collection) => {
        const space: VectorSpace = {
          tenantId: scope.tenantId,
          collectionId: collection.id,
          embeddingDigest: pack.embeddingDigest,
          dimension: pack.dimension,
          metric: pack.metric,
        };
        const found = await this.deps.collectionIndex.search(
          scope,
          space,
          embedded.map((probe) => probe.vector),
          k,
        );
        found.forEach((hits, position) => {
          // A hit of somebody else's is a fault of the engine or of its adapter: no answer is better than that one.
          if (hits.some((hit) => hit.tenantId !== scope.tenantId || hit.collectionId !== collection.id)) {
            throw new Error('The vector index answered with a hit outside the searched space');
          }
          answers[embedded[position]!.index]!.add(hits);
        });
      }),
    );
    return answers;
  }

  private async resolveHits(
    scope: TenantScope,
    command: SearchCommand,
    collections: readonly CollectionRecord[],
    pack: CalibratedPack,
    probes: readonly Probe[],
    hits: readonly ProbeHits[],
    threshold: number,
  ): Promise<PersonMatch[][]> {
    // Half a point of slack: the index's distances are approximate, the exact ones decide below.
    const horizon = distanceAtSimilarity(pack.calibration, Math.max(0, threshold - 0.5)) * 1.02;
    const within = hits.map((one) => one.keysWithin(horizon));
    const keys = takeNearest(within, MAX_FACES);
    const faces = await this.deps.faces.findIndexedByVectorKeys(
      scope,
      collections.map((one) => one.id),
      [...keys],
      pack.embeddingDigest,
    );
    return probes.map((probe, index) => {
      if (!probe.embedding) return [];
      const own = new Set(within[index]);
      const candidates = faces.filter(
        (face) =>
          own.has(face.vectorKey) &&
          face.id !== probe.excludedFaceId &&
          !(face.person && probe.excludedPersonIds?.has(face.person.id)),
      );
      const scored = scoreFaces(pack, probe.embedding, candidates).filter((hit) => hit.similarity >= threshold);
      return groupByPerson(scored, command.limit);
    });
  }
}

/** A stored person who was asked about is a subject of the search, found or not. */
const askedAbout = ({ personId }: LoadedProbes): string[] => (personId ? [personId] : []);
