import type { Database } from '../database';
import { PrismaApiKeyCredentials, PrismaApiKeyRepository } from '../infra/prisma/api-key-repository';
import { PrismaCollectionRepository } from '../infra/prisma/collection-repository';
import { PrismaDeletionRepository } from '../infra/prisma/deletion-repository';
import { PrismaEnrollmentRepository } from '../infra/prisma/enrollment-repository';
import { PrismaEventRepository } from '../infra/prisma/event-repository';
import { PrismaFaceRepository } from '../infra/prisma/face-repository';
import { PrismaImageAccessRepository } from '../infra/prisma/image-access-repository';
import { PrismaJobRepository } from '../infra/prisma/job-repository';
import { PrismaOutboxRepository } from '../infra/prisma/outbox-repository';
import { PrismaPackRepository } from '../infra/prisma/pack-repository';
import { PrismaPersonRepository } from '../infra/prisma/person-repository';
import { PrismaTenantRepository, PrismaTenantUsageRepository } from '../infra/prisma/tenant-repository';
import { PrismaUploadRepository } from '../infra/prisma/upload-repository';
import { PrismaVectorOpRepository } from '../infra/prisma/vector-op-repository';

export type Repositories = ReturnType<typeof createRepositories>;

export function createRepositories(database: Database) {
  return {
    apiKeys: new PrismaApiKeyRepository(database),
    credentials: new PrismaApiKeyCredentials(database),
    collections: new PrismaCollectionRepository(database),
    deletions: new PrismaDeletionRepository(database),
    enrollments: new PrismaEnrollmentRepository(database),
    events: new PrismaEventRepository(database),
    faces: new PrismaFaceRepository(database),
    imageAccess: new PrismaImageAccessRepository(database),
    jobs: new PrismaJobRepository(database),
    outbox: new PrismaOutboxRepository(database),
    packs: new PrismaPackRepository(database),
    persons: new PrismaPersonRepository(database),
    tenants: new PrismaTenantRepository(database),
    usage: new PrismaTenantUsageRepository(database),
    uploads: new PrismaUploadRepository(database),
    vectorOps: new PrismaVectorOpRepository(database),
  };
}
