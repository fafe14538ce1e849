import type { Database } from '../database';
import { createSystem } from '../database/system';
import { PrismaApiKeyRepository } from '../infra/prisma/api-key-repository';
import { PrismaCollectionRepository } from '../infra/prisma/collection-repository';
import { PrismaDeletionRepository } from '../infra/prisma/deletion-repository';
import { PrismaEnrollmentRepository } from '../infra/prisma/enrollment-repository';
import { PrismaEventRepository } from '../infra/prisma/event-repository';
import { PrismaFaceRepository } from '../infra/prisma/face-repository';
import { PrismaImageAccessRepository } from '../infra/prisma/image-access-repository';
import { PrismaJobRepository } from '../infra/prisma/job-repository';
import { PrismaPersonRepository } from '../infra/prisma/person-repository';
import { PrismaTenantUsageRepository } from '../infra/prisma/tenant-usage-repository';
import { PrismaUploadRepository } from '../infra/prisma/upload-repository';
import { PrismaVectorOpRepository } from '../infra/prisma/vector-op-repository';

export type Repositories = ReturnType<typeof createRepositories>;

export function createRepositories(database: Database) {
  return {
    system: createSystem(database),
    apiKeys: new PrismaApiKeyRepository(database),
    collections: new PrismaCollectionRepository(database),
    deletions: new PrismaDeletionRepository(database),
    enrollments: new PrismaEnrollmentRepository(database),
    events: new PrismaEventRepository(database),
    faces: new PrismaFaceRepository(database),
    imageAccess: new PrismaImageAccessRepository(database),
    jobs: new PrismaJobRepository(database),
    persons: new PrismaPersonRepository(database),
    usage: new PrismaTenantUsageRepository(database),
    uploads: new PrismaUploadRepository(database),
    vectorOps: new PrismaVectorOpRepository(database),
  };
}
