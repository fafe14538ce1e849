import { badInput, DomainError } from '../../domain/errors';
import { estimatedFpir } from '../../domain/identification';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { CollectionRecord } from '../../records/collection';
import type { CollectionService } from '../collections/collection.service';
import { GallerySearch, type GallerySearchDependencies } from './gallery-search';
import { nearOnes, withinBudgets, type GuardDependencies } from './guarded-search';
import { KnownPacks } from './known-packs';
import { SearchProbes, type SearchProbesDependencies } from './search-probes';
import { assertAskable, assertNotBelow } from './search-rights';
import type { LoadedProbes, SearchCommand, SearchResult } from './search-shapes';
import { measureGallery } from './gallery-size';
import { chooseThreshold } from './search-threshold';

export interface SearchServiceDependencies
  extends GuardDependencies, SearchProbesDependencies, GallerySearchDependencies {
  readonly collections: CollectionService;
}

/** 1:N identification: every face of a photo against the galleries of one or more collections. */
export class SearchService {
  private readonly probes: SearchProbes;
  private readonly knownPacks = new KnownPacks();
  private readonly gallery: GallerySearch;

  constructor(private readonly deps: SearchServiceDependencies) {
    this.probes = new SearchProbes(deps);
    this.gallery = new GallerySearch(deps);
  }

  /**
   * @throws DomainError NOT_FOUND, MODEL_MISMATCH (collections of different packs), BAD_USER_INPUT, RATE_LIMITED (a budget of the
   * key is used up), FORBIDDEN (what only those
   * may ask who may read), and what loading and analysing the image and `SearchAudit.record` throw.
   */
  async search(scope: TenantScope, command: SearchCommand): Promise<SearchResult> {
    const analyses: Promise<LoadedProbes>[] = [];
    const analyse = (pack: CalibratedPack): Promise<LoadedProbes> => {
      const probes = this.probes.load(scope, command, pack);
      analyses.push(probes);
      return probes;
    };
    try {
      return await this.searchBy(analyse, scope, command);
    } finally {
      // What was begun is counted for who asked for it, also where nobody needs it any more.
      await Promise.allSettled(analyses);
    }
  }

  private async searchBy(analyse: Analyse, scope: TenantScope, command: SearchCommand): Promise<SearchResult> {
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
    const begun = this.beginAnalysis(analyse, scope, command, collectionIds);
    const { collections, pack } = await timed(this.getCollections(scope, collectionIds));
    this.knownPacks.learn(scope, collectionIds, pack);
    const { identification } = pack.calibration;
    const measured = measureGallery(this.deps.faces, scope, collections).then((gallery) => {
      const own = chooseThreshold(null, collections, gallery, identification);
      if (!command.mayRead) assertNotBelow(own.threshold, command.threshold);
      return { gallery, chosen: chooseThreshold(command.threshold, collections, gallery, identification) };
    });
    // Before an image is analysed for a search that is refused.
    if (!command.mayRead) await measured;
    const filter = command.filter && Object.keys(command.filter).length > 0 ? command.filter : null;
    const [analysed, { gallery, chosen }, candidates] = await Promise.all([
      begun?.pack === pack ? begun.probes : analyse(pack),
      measured,
      filter && this.gallery.candidates(scope, collections, pack, filter),
    ]);
    const { threshold, thresholdSource } = chosen;
    const { probes } = analysed;
    const answer = await this.gallery.search(scope, {
      ...{ collections, pack, probes, threshold, filter, candidates },
      limit: command.limit,
    });
    databaseMs += answer.databaseMs;
    const { matches } = answer;

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
          ...(filter ? { isFiltered: true } : {}),
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
        indexMs: answer.indexMs,
        databaseMs,
        totalMs: performance.now() - startedAt,
      },
    };
  }

  /**
   * Before the collections are known: what is lost where they are gone is one analysis. Who may not read waits, where the threshold may be
   * one that is refused.
   */
  private beginAnalysis(
    analyse: Analyse,
    scope: TenantScope,
    command: SearchCommand,
    collectionIds: readonly string[],
  ) {
    const pack = this.knownPacks.find(scope, collectionIds);
    const mayBeRefused = !command.mayRead && typeof command.threshold === 'number';
    if (!pack || command.faceId || command.personId || mayBeRefused) return undefined;
    const probes = analyse(pack);
    // Thrown where it is waited for, if it is.
    probes.catch(() => undefined);
    return { pack, probes };
  }

  private async getCollections(scope: TenantScope, collectionIds: readonly string[]) {
    try {
      const collections = await this.deps.collections.getMany(scope, collectionIds);
      return { collections, pack: this.getCommonPack(collections) };
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
}

type Analyse = (pack: CalibratedPack) => Promise<LoadedProbes>;

/** A stored person who was asked about is a subject of the search, found or not. */
const askedAbout = ({ personId }: LoadedProbes): string[] => (personId ? [personId] : []);
