import { badInput, DomainError, notFound } from '../../domain/errors';
import type { BoundingBox } from '../../domain/geometry';
import { isId } from '../../domain/ids';
import { imageKey } from '../../domain/image-keys';
import { findBoxProblem } from '../../domain/placed-face';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { AnalyzedFace, FaceAnalyzer } from '../../ports/face-analyzer';
import type { ImageStore } from '../../ports/image-store';
import { countUse } from '../rates/bill';
import { assertFree, type AddedTo, type FaceAdditionStore } from './face-addition.store';

/** Pixels of the image's own that the shorter side of a box needs at least: below it the nets see nothing that tells people apart. */
const LEAST_SIDE = 16;

export interface FaceAdditionDependencies {
  readonly additions: Pick<FaceAdditionStore, 'add' | 'find'>;
  readonly images: Pick<ImageStore, 'get'>;
  readonly analyzer: Pick<FaceAnalyzer, 'analyze' | 'packs'>;
  readonly tryCatchUp: (scope: TenantScope, collectionIds: readonly string[]) => Promise<void>;
  readonly clock: Clock;
  /** How long a caller waits for an analysis. */
  readonly timeoutMs: number;
}

/** Adds a face that a detector has missed, where somebody has drawn a box about it. */
export class FaceAdditionService {
  constructor(private readonly deps: FaceAdditionDependencies) {}

  /**
   * @param box ratios of the image.
   * @returns the ids of the face and of the operation.
   * @throws DomainError NOT_FOUND; BAD_USER_INPUT of a box that is not in the image, or tiny; CONFLICT with `details.faceId` where a face
   * is there already; NO_FACE_FOUND with `details.reasons`; MODEL_MISMATCH; QUOTA_EXCEEDED; what FaceAnalyzer throws.
   */
  async add(
    scope: TenantScope,
    imageId: string,
    box: BoundingBox,
    requestId: string,
  ): Promise<{ faceId: string; operationId: string }> {
    const to = isId(imageId) ? await this.deps.additions.find(scope, imageId) : null;
    if (!to) throw notFound('image');
    assertBox(box, to);
    assertFree(to.standing, [box]);
    const face = await this.look(scope, to, box);
    assertFree(to.standing, [face.boundingBox]);
    const added = await this.deps.additions.add(scope, to, face, requestId);
    await this.deps.tryCatchUp(scope, [to.collectionId]);
    return added;
  }

  private async look(scope: TenantScope, to: AddedTo, boundingBox: BoundingBox): Promise<AnalyzedFace> {
    const pack = this.deps.analyzer.packs().find(({ id }) => id === to.packId);
    if (pack?.embeddingDigest !== to.embeddingDigest) {
      throw new DomainError(
        'MODEL_MISMATCH',
        `This collection's faces are embedded with ${to.packId}, which this server does not serve at present. Ask whoever runs this server to bring it back.`,
      );
    }
    const { faces } = await this.deps.analyzer.analyze({
      packId: to.packId,
      image: await this.load(scope, to.imageId),
      maxFaces: 1,
      keep: 'LARGEST',
      qualityFilter: 'NONE',
      places: [{ boundingBox, landmarks: null }],
      embed: true,
      clean: false,
      priority: 'INTERACTIVE',
      party: scope.tenantId,
      deadlineMs: this.deps.clock.now().getTime() + this.deps.timeoutMs,
    });
    countUse('FACES', 1);
    const [face] = faces;
    if (face?.embedding) return face;
    const reasons = face?.rejections ?? [];
    throw new DomainError(
      'NO_FACE_FOUND',
      `Nothing in this box can be recognised as a face (${reasons.join(', ')}), so nothing was added. Draw it closely about a whole face.`,
      { details: { reasons } },
    );
  }

  private async load(scope: TenantScope, imageId: string): Promise<Uint8Array> {
    try {
      return await this.deps.images.get(imageKey(scope, imageId));
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'NOT_FOUND') throw error;
      throw new DomainError('CONFLICT', 'This image is not stored any more, so no face can be added to it.', {
        details: { reason: 'IMAGE_NOT_STORED' },
        cause: error,
      });
    }
  }
}

function assertBox(box: BoundingBox, { width, height }: AddedTo): void {
  const rule = findBoxProblem(box);
  if (rule) throw badInput({ path: 'input.boundingBox', rule });
  if (Math.min(box.width * width, box.height * height) >= LEAST_SIDE) return;
  throw badInput({
    path: 'input.boundingBox',
    rule: `must be at least ${LEAST_SIDE} pixels wide and high of this image, which has ${width} x ${height}`,
  });
}
