import type { CursorCodec } from '../domain/cursor';
import type { AuditSecrets } from '../domain/audit-secrets';
import type { Honoured } from '../domain/honoured';
import type { TenantScope } from '../domain/tenant-scope';
import { Pager } from '../graphql/pager';
import type { AddressSigner } from '../http/address-signer';
import { createApiKeys } from '../modules/api-keys';
import { createAudit } from '../modules/audit';
import { createClassification } from '../modules/classification';
import { createCollections } from '../modules/collections';
import { createCuration } from '../modules/curation';
import { createEnrollment } from '../modules/enrollment';
import { createEvents } from '../modules/events';
import { createFaces } from '../modules/faces';
import { createGallery } from '../modules/gallery';
import { createGrouping } from '../modules/grouping';
import { CollectionTurns } from '../modules/grouping/collection-turns';
import { createJobs } from '../modules/jobs';
import { createNodes } from '../modules/nodes';
import { createPacks } from '../modules/packs';
import { createPersons } from '../modules/persons';
import { createImages } from '../modules/images';
import { createRecognition } from '../modules/recognition';
import { createReembedding } from '../modules/reembedding';
import { createSharing } from '../modules/sharing';
import { createTenants } from '../modules/tenants';
import { createUsage } from '../modules/usage';
import { createViewer } from '../modules/viewer';
import type { Clock } from '../ports/clock';
import type { ApiKeyRecord } from '../records/api-key';
import { gallerySpaceSearch } from './gallery-spaces';
import type { Parts } from './parts';

export interface FeatureParts extends Parts {
  readonly peppers: Honoured;
  readonly auditSecrets: AuditSecrets;
  readonly cursors: CursorCodec;
  readonly addresses: AddressSigner;
  /** What the expiry of keys and addresses is judged by; it is never set back. */
  readonly accessClock: Clock;
  readonly onKeyRevoked: (key: ApiKeyRecord) => void;
}

/** Every feature of the API. */
export function createFeatures(parts: FeatureParts) {
  const { config, logger, clock, database, system, images, urls, collectionIndex, analyzer, peppers, addresses } =
    parts;
  const pager = new Pager(parts.cursors);
  const packs = () => analyzer.packs();
  /** What is deleted is invisible already, by Postgres; an engine that is away is caught up by the deletion's job. */
  const tryCatchUp = async (scope: TenantScope, collectionIds: readonly string[]): Promise<void> => {
    for (const collectionId of collectionIds) {
      await collectionIndex
        .catchUp(scope, collectionId)
        .catch((err: unknown) => logger.warn({ err, collectionId }, 'the vector index follows later'));
    }
  };
  const audit = createAudit({ database, pager, secrets: parts.auditSecrets });
  const collections = createCollections({ database, pager, packs, defaultPackId: config.packs[0]! });
  const jobs = createJobs({ database, pager, clock });
  const persons = createPersons({ database, pager, tryCatchUp });
  const faces = createFaces({ database, pager, addresses, tryCatchUp });
  const imageFeature = createImages({ database, images, urls, clock, addresses, direct: parts.direct });
  const tenants = createTenants({ database, pager, tenants: system.tenants, peppers, clock });
  const apiKeys = createApiKeys({
    database,
    pager,
    peppers,
    clock: parts.accessClock,
    onRevoked: parts.onKeyRevoked,
  });
  const recognition = createRecognition({
    database,
    collections: collections.service,
    faces: faces.store,
    persons: persons.store,
    loader: imageFeature.loader,
    audit: audit.searches,
    collectionIndex,
    analyzer,
    clock,
    timeoutMs: config.analysisTimeoutMs,
  });
  /** What looks through whole collections, in turns. */
  const lookingThrough = {
    database,
    turns: new CollectionTurns(),
    persons: persons.service,
    faces: faces.service,
    collections: collections.service,
    collectionIndex,
  };
  return {
    audit,
    tenants,
    apiKeys,
    viewer: createViewer(database),
    usage: createUsage(database),
    packs: createPacks(packs),
    classification: createClassification({
      loader: imageFeature.loader,
      imageAnalyzer: parts.imageAnalyzer,
      clock,
      timeoutMs: config.analysisTimeoutMs,
    }),
    collections,
    persons,
    faces,
    curation: createCuration({
      database,
      pager,
      persons: persons.service,
      faces: faces.service,
      images,
      analyzer,
      tryCatchUp,
      clock,
      timeoutMs: config.analysisTimeoutMs,
    }),
    grouping: createGrouping(lookingThrough),
    gallery: createGallery({ ...lookingThrough, audit: audit.searches }),
    images: imageFeature,
    recognition,
    reembedding: createReembedding({ database, collections: collections.service, clock }),
    sharing: createSharing({
      database,
      pager,
      addresses,
      packs: collections.service,
      probes: recognition.probes,
      budgets: recognition.budgets,
      audit: audit.searches,
      searchSpace: gallerySpaceSearch(system, collectionIndex),
    }),
    enrollment: createEnrollment({ database, images, clock, direct: parts.direct }),
    jobs,
    nodes: createNodes({
      database,
      collections: collections.service,
      persons: persons.service,
      faces: faces.service,
      images: faces.images,
      jobs: jobs.service,
      apiKeys: apiKeys.service,
      tenants: tenants.service,
    }),
    events: createEvents({
      database,
      jobs: jobs.service,
      bus: parts.events,
      cursors: parts.cursors,
      newestOf: (ids) => system.tenants.newestEvents(ids),
    }),
  };
}

export type Features = ReturnType<typeof createFeatures>;

/** One instance of each class in `http/resolvers`. */
export function resolversOf(features: Features): object[] {
  return Object.values(features).flatMap((feature): object[] => feature.resolvers);
}
