import type { Database } from '../database';
import { createSystem } from '../database/system';
import { ApiKeyStore } from '../modules/api-keys/api-key.store';
import { CollectionStore } from '../modules/collections/collection.store';
import { DeletionStore } from '../modules/deletion/deletion.store';
import { EnrollmentStore } from '../modules/enrollment/enrollment.store';
import { EventStore } from '../modules/events/event.store';
import { FaceStore } from '../modules/faces/face.store';
import { ImageAccessStore } from '../modules/pictures/image-access.store';
import { jobKinds } from '../modules/jobs/job-kinds';
import { JobStore } from '../modules/jobs/job.store';
import { PersonStore } from '../modules/persons/person.store';
import { UsageStore } from '../modules/viewer/usage.store';
import { UploadStore } from '../modules/pictures/upload.store';
import { VectorOpStore } from '../modules/vector-sync/vector-op.store';

export type Stores = ReturnType<typeof createStores>;

export function createStores(database: Database) {
  return {
    system: createSystem(database),
    apiKeys: new ApiKeyStore(database),
    collections: new CollectionStore(database),
    deletions: new DeletionStore(database),
    enrollments: new EnrollmentStore(database),
    events: new EventStore(database),
    faces: new FaceStore(database),
    imageAccess: new ImageAccessStore(database),
    jobs: new JobStore(database, jobKinds),
    persons: new PersonStore(database),
    usage: new UsageStore(database),
    uploads: new UploadStore(database),
    vectorOps: new VectorOpStore(database),
  };
}
