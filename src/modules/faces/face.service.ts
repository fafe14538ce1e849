import { notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { FaceFilter, FaceOrderField, FaceRecord } from '../../records/face';
import type { PageRequest, Placed } from '../../records/page';
import type { NamingStore } from '../curation/naming.store';
import type { FaceStore } from './face.store';

export interface FaceServiceDependencies {
  readonly faces: FaceStore;
  readonly namings: NamingStore;
  /** Brings the indexes up to the ops just committed; what fails is logged and made up for later. Never throws. */
  readonly tryCatchUp: (scope: TenantScope, collectionIds: readonly string[]) => Promise<void>;
}

/** Whether what the filter names can be there. */
function hasIds({ collectionId, personId }: FaceFilter): boolean {
  return [collectionId, personId].every((id) => id === undefined || isId(id));
}

export class FaceService {
  constructor(private readonly deps: FaceServiceDependencies) {}

  async find(scope: TenantScope, id: string): Promise<FaceRecord | null> {
    return isId(id) ? this.deps.faces.find(scope, id) : null;
  }

  /** Those that are there, by id. */
  findMany(scope: TenantScope, ids: readonly string[]): Promise<FaceRecord[]> {
    return this.deps.faces.findMany(scope, ids.filter(isId));
  }

  async list(scope: TenantScope, filter: FaceFilter, page: PageRequest<FaceOrderField>): Promise<Placed<FaceRecord>[]> {
    return hasIds(filter) ? this.deps.faces.list(scope, filter, page) : [];
  }

  /**
   * The first (or last) faces of each image, or of each person, in the order of these; one more than `first` where there is one.
   * @param ids of images or persons that are there.
   */
  listByOwners(
    scope: TenantScope,
    owner: 'image' | 'person',
    ids: readonly string[],
    page: Pick<PageRequest<FaceOrderField>, 'first' | 'backwards' | 'order'>,
  ): Promise<Placed<FaceRecord>[][]> {
    return this.deps.faces.listByOwners(scope, owner, ids, page);
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, filter: FaceFilter, atMost: number): Promise<number> {
    return hasIds(filter) ? this.deps.faces.count(scope, filter, atMost) : 0;
  }

  /** INDEXED faces of each collection that are assigned to nobody. */
  countUnassigned(scope: TenantScope, collectionIds: readonly string[]): Promise<number[]> {
    return this.deps.faces.countByCollection(scope, collectionIds, 'UNASSIGNED');
  }

  /** Faces of each collection that were found and not indexed. */
  countUnindexed(scope: TenantScope, collectionIds: readonly string[]): Promise<number[]> {
    return this.deps.faces.countByCollection(scope, collectionIds, 'UNINDEXED');
  }

  /** @throws DomainError NOT_FOUND, CONFLICT (another collection's person). */
  async assign(
    scope: TenantScope,
    faceIds: readonly string[],
    personId: string,
    requestId: string,
  ): Promise<{ faces: FaceRecord[]; operationId: string | null }> {
    if (!isId(personId)) throw notFound('person');
    assertFaces(faceIds);
    const { operationId } = await this.deps.namings.assign(scope, faceIds, personId, requestId);
    return { faces: await this.deps.faces.findMany(scope, faceIds), operationId };
  }

  /** @throws DomainError NOT_FOUND. */
  async unassign(
    scope: TenantScope,
    faceIds: readonly string[],
    requestId: string,
  ): Promise<{ faces: FaceRecord[]; operationIds: string[] }> {
    assertFaces(faceIds);
    const operationIds = await this.deps.namings.unassign(scope, faceIds, requestId);
    return { faces: await this.deps.faces.findMany(scope, faceIds), operationIds };
  }

  /** Deletes those that exist; the answer names them. No search answers with them from then on. */
  async delete(
    scope: TenantScope,
    faceIds: readonly string[],
    requestId: string,
  ): Promise<{ deletedIds: string[]; jobId: string | null }> {
    const { deletedIds, collectionIds, jobId } = await this.deps.faces.delete(scope, faceIds.filter(isId), requestId);
    await this.deps.tryCatchUp(scope, collectionIds);
    return { deletedIds, jobId };
  }
}

function assertFaces(faceIds: readonly string[]): void {
  if (!faceIds.every(isId)) throw notFound('face, one of those given');
}
