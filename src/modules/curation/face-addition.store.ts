import type { Database } from '../../database';
import { CollectionGone, txOf } from '../../database/sql';
import { newId } from '../../domain/ids';
import { DomainError, notFound } from '../../domain/errors';
import type { BoundingBox } from '../../domain/geometry';
import { areOfOneFace } from '../../domain/placed-face';
import type { TenantScope } from '../../domain/tenant-scope';
import type { AnalyzedFace } from '../../ports/face-analyzer';
import { insertFaces } from '../enrollment/enrollment-images.store';
import { VISIBLE_IMAGE } from '../images/image-access.store';
import { isVisibleImage, lockPlaces } from './face-places.store';
import { listStanding, makeRoom, type Standing } from './face-trash.store';
import { lockIdentities } from './identity-state.store';
import { movedMeanwhile, recordOperation } from './ledger.store';

/** An image that a face may be added to, with the pack that its collection is of. */
export interface AddedTo {
  readonly imageId: string;
  readonly collectionId: string;
  readonly packId: string;
  readonly embeddingDigest: string;
  readonly width: number;
  readonly height: number;
  readonly standing: readonly Standing[];
}

/** @throws DomainError CONFLICT, with the face as `details.faceId`, where one of those that stand is at one of these boxes. */
export function assertFree(standing: readonly Standing[], boxes: readonly BoundingBox[]): void {
  const taken = standing.find((one) => boxes.some((box) => areOfOneFace(one.boundingBox, box)));
  if (!taken) return;
  const why = taken.reasons.length === 0 ? '' : ` It is not searched (${taken.reasons.join(', ')}).`;
  throw new DomainError(
    'CONFLICT',
    `This face is there already, as ${taken.id}.${why} Name that one, or delete it before you add it anew.`,
    { details: { reason: 'FACE_IS_THERE', faceId: taken.id, state: taken.state, reasons: taken.reasons } },
  );
}

/** Faces that somebody has seen in an image, and no detector. */
export class FaceAdditionStore {
  constructor(private readonly database: Database) {}

  /** Null: there is no such image to be seen. */
  find(scope: TenantScope, imageId: string): Promise<AddedTo | null> {
    return this.database.read(scope, async (tx) => {
      const [image] = await tx.$queryRaw<Omit<AddedTo, 'standing'>[]>`
        SELECT i.id AS "imageId", i.collection_id AS "collectionId", m.id AS "packId",
               m.embedding_digest AS "embeddingDigest", i.width, i.height
          FROM images i JOIN collections o ON o.id = i.collection_id JOIN model_packs m ON m.id = o.model_pack_id
         WHERE i.id = ${imageId}::uuid AND ${VISIBLE_IMAGE}`;
      return image ? { ...image, standing: await listStanding(tx, imageId) } : null;
    });
  }

  /**
   * Writes a face out of sight, and the operation that shows it: undoing that hides it again.
   * @returns the ids of the face and of the operation.
   * @throws DomainError NOT_FOUND when the image has gone meanwhile; CONFLICT when somebody has added the face, or the collection
   * has moved to another pack; QUOTA_EXCEEDED.
   */
  add(
    scope: TenantScope,
    to: AddedTo,
    face: AnalyzedFace,
    requestId: string,
  ): Promise<{ faceId: string; operationId: string }> {
    const { imageId, collectionId, packId, embeddingDigest } = to;
    return this.database
      .change(scope, async (change) => {
        const tx = txOf(change);
        await lockPlaces(tx, collectionId, [imageId]);
        if (!(await isVisibleImage(tx, imageId))) throw notFound('image');
        assertFree(await listStanding(tx, imageId), [face.boundingBox]);
        await makeRoom(change, collectionId, imageId, face.boundingBox);
        const itemId = newId();
        const outcome = { itemId, faces: [face], alsoVectors: new Map() };
        const range = { collectionId, packId, embeddingDigest, alsoIn: null };
        await insertFaces(tx, scope, range, [{ outcome, imageId, personIds: [null], externalImageId: null }]);
        // Retention takes a face by its age, and an image by its own: the face goes with it.
        const [added] = await tx.$queryRaw<{ id: string }[]>`
          UPDATE faces f SET state = 'TRASHED', created_at = i.created_at FROM images i
           WHERE f.job_item_id = ${itemId}::uuid AND i.id = f.image_id RETURNING f.id`;
        const state = await lockIdentities(tx, collectionId, { personIds: [], faceIds: [added!.id] });
        state.setFace(added!.id, 'isTrashed', false);
        const operationId = await recordOperation(change, state, { kind: 'ADD_FACE', requestId });
        change.ops(collectionId, [], { requireActive: true, requirePackId: packId });
        return { faceId: added!.id, operationId: operationId! };
      })
      .catch((error: unknown) => {
        if (error instanceof CollectionGone) throw notFound('image');
        return movedMeanwhile(error);
      });
  }
}
