import type { Logger } from 'pino';
import type { AddressSigner } from '../http/address-signer';
import { Pager } from '../graphql/connection';
import type { Config } from '../config';
import type { Database } from '../database';
import type { System } from '../database/system';
import type { CursorCodec } from '../domain/cursor';
import type { TenantScope } from '../domain/tenant-scope';
import { ApiKeyResolver } from '../modules/api-keys/api-key.resolver';
import { ApiKeyService } from '../modules/api-keys/api-key.service';
import { CollectionResolver } from '../modules/collections/collection.resolver';
import { CollectionService } from '../modules/collections/collection.service';
import { EnrollmentResolver } from '../modules/enrollment/enrollment.resolver';
import { EnrollmentService } from '../modules/enrollment/enrollment.service';
import { EventReader } from '../modules/events/event-reader.service';
import { EventResolver } from '../modules/events/event.resolver';
import { FaceResolver, ImageResolver, PersonFacesResolver } from '../modules/faces/face.resolver';
import { FaceService } from '../modules/faces/face.service';
import { JobResolver } from '../modules/jobs/job.resolver';
import { JobService } from '../modules/jobs/job.service';
import { PackResolver } from '../modules/packs/pack.resolver';
import { PersonResolver } from '../modules/persons/person.resolver';
import { PersonService } from '../modules/persons/person.service';
import type { PictureLoader } from '../modules/pictures/picture-loader.service';
import { UploadResolver } from '../modules/pictures/upload.resolver';
import { UploadService } from '../modules/pictures/upload.service';
import { ComparisonService } from '../modules/recognition/comparison.service';
import { ProbeAnalyzer } from '../modules/recognition/probe-analyzer';
import { RecognitionResolver } from '../modules/recognition/recognition.resolver';
import { SearchService } from '../modules/recognition/search.service';
import { TenantResolver } from '../modules/tenants/tenant.resolver';
import { TenantService } from '../modules/tenants/tenant.service';
import type { VectorSync } from '../modules/vector-sync/vector-sync.service';
import { ViewerResolver } from '../modules/viewer/viewer.resolver';
import { ViewerService } from '../modules/viewer/viewer.service';
import type { Clock } from '../ports/clock';
import type { EventBus } from '../ports/event-bus';
import type { FaceAnalyzer } from '../ports/face-analyzer';
import type { ImageStore } from '../ports/image-store';
import type { UrlFetcher } from '../ports/url-fetcher';
import type { VectorIndex } from '../ports/vector-index';
import type { Stores } from './stores';
import type { ApiKeyRecord } from '../records/api-key';

/** What both the API and the workers are made of. */
export interface Parts {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly database: Database;
  readonly system: System;
  readonly stores: Stores;
  readonly images: ImageStore;
  readonly index: VectorIndex;
  readonly vectorSync: VectorSync;
  readonly events: EventBus;
  readonly analyzer: FaceAnalyzer;
  readonly urls: UrlFetcher;
}

export interface ServiceParts extends Parts {
  readonly pictures: PictureLoader;
  readonly pepper: string;
  readonly cursors: CursorCodec;
  readonly onKeyRevoked: (key: ApiKeyRecord) => void;
}

/** How long a place for an upload holds. */
const UPLOAD_TTL_MS = 24 * 3_600_000;

export function createServices(parts: ServiceParts) {
  const { config, logger, clock, system, stores, vectorSync, analyzer, pepper } = parts;
  const collections = new CollectionService({
    collections: stores.collections,
    packs: () => analyzer.packs(),
    defaultPackId: config.packs[0]!,
  });
  /** What is deleted is invisible already, by Postgres; an engine that is away is caught up by the deletion's job. */
  const syncVectors = async (scope: TenantScope, collectionIds: readonly string[]): Promise<void> => {
    for (const collectionId of collectionIds) {
      await vectorSync
        .apply(scope, collectionId)
        .catch((err: unknown) => logger.warn({ err, collectionId }, 'the vector index follows later'));
    }
  };
  const probes = new ProbeAnalyzer({
    pictures: parts.pictures,
    analyzer,
    clock,
    timeoutMs: config.analysisTimeoutMs,
  });
  return {
    collections,
    enrollments: new EnrollmentService({
      enrollments: stores.enrollments,
      images: parts.images,
      clock,
    }),
    events: new EventReader({ events: stores.events, bus: parts.events, cursors: parts.cursors }),
    jobs: new JobService({ jobs: stores.jobs, clock }),
    persons: new PersonService({ persons: stores.persons, syncVectors }),
    faces: new FaceService({ faces: stores.faces, syncVectors }),
    uploads: new UploadService({ uploads: stores.uploads, clock, ttlMs: UPLOAD_TTL_MS }),
    searches: new SearchService({ collections, probes, faces: stores.faces, vectorSync }),
    comparisons: new ComparisonService({
      collections,
      probes,
      faces: stores.faces,
      persons: stores.persons,
    }),
    tenants: new TenantService({
      tenants: system.tenants,
      pepper,
      clock,
      onTenantDeleted: (scope) => stores.deletions.requestTenantDeletion(scope),
    }),
    apiKeys: new ApiKeyService({ apiKeys: stores.apiKeys, pepper, clock, onRevoked: parts.onKeyRevoked }),
    viewer: new ViewerService({ usage: stores.usage }),
  };
}

export type Services = ReturnType<typeof createServices>;

export interface ResolverParts extends Services {
  readonly cursors: CursorCodec;
  readonly addresses: AddressSigner;
  readonly packs: FaceAnalyzer;
}

/** One instance of each class in `http/resolvers`. */
export function createResolvers(parts: ResolverParts): object[] {
  const pager = new Pager(parts.cursors);
  return [
    new TenantResolver(parts.tenants, pager),
    new ApiKeyResolver(parts.apiKeys, pager),
    new ViewerResolver(parts.viewer),
    new PackResolver(() => parts.packs.packs()),
    new CollectionResolver(parts.collections, pager),
    new PersonResolver(parts.persons, pager),
    new FaceResolver(parts.faces, pager, parts.addresses),
    new ImageResolver(parts.addresses),
    new PersonFacesResolver(parts.faces, pager),
    new UploadResolver(parts.uploads, parts.addresses),
    new RecognitionResolver(parts.comparisons, parts.searches),
    new EnrollmentResolver(parts.enrollments),
    new JobResolver(parts.jobs, pager),
    new EventResolver(parts.jobs),
  ];
}
