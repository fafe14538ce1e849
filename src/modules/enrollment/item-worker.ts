import { createHash } from 'node:crypto';
import { DomainError, notFound } from '../../domain/errors';
import { findCandidates } from '../../domain/face-selection';
import { imageKey, uploadKey } from '../../domain/image-keys';
import { takenAtOf } from '../../domain/taken-at';
import type { TenantScope } from '../../domain/tenant-scope';
import type { AnalyzedFace, AnalyzedImage, FaceAnalyzer } from '../../ports/face-analyzer';
import type { ImageStore } from '../../ports/image-store';
import type { UrlFetcher } from '../../ports/url-fetcher';
import type { KnownPerson, OutcomeError } from '../../records/job';
import type { AuditStore } from '../audit/audit.store';
import type { DirectUploadService } from '../images/direct-upload.service';
import { MAX_IMAGE_BYTES, whatWasSeen } from '../images/image-loader.service';
import { FaceReembedder } from '../reembedding/face-reembedder';
import {
  FOR_SEARCH_ONLY,
  type ClaimedItem,
  type ClaimedRange,
  type ItemOutcome,
  type PlacedFace,
} from './enrollment-shapes';
import type { EnrollmentStore } from './enrollment.store';
import { KnownElsewhereError, type KnownElsewhere } from './known-elsewhere';

export interface ItemWorkerDependencies {
  readonly enrollments: Pick<EnrollmentStore, 'findDuplicate'>;
  readonly images: ImageStore;
  /** Takes over what was sent directly after its item was judged: a retry comes for it. */
  readonly direct: Pick<DirectUploadService, 'receive'>;
  readonly urls: UrlFetcher;
  readonly analyzer: Pick<FaceAnalyzer, 'analyze' | 'packs'>;
  readonly knownElsewhere: Pick<KnownElsewhere, 'find'>;
  /** Hears of each look at whom a face is like: it is a search. */
  readonly audit: Pick<AuditStore, 'add'>;
}

/** Whether a later attempt may succeed where this one failed. What is not understood gets its attempts, too. */
export function isTransient(error: unknown): boolean {
  return error instanceof DomainError ? error.retryable : true;
}

/** What the caller of the API is told of an item's failure. */
export function outcomeErrorOf(error: unknown): OutcomeError {
  if (error instanceof DomainError) {
    const { code, message, details } = error;
    return { code, message, ...(details ? { details } : {}) };
  }
  return {
    code: 'INTERNAL_SERVER_ERROR',
    message: 'This image could not be processed for a reason on our side, which has been logged. Retry the job.',
  };
}

/** A wrong reference face would answer for its person for good. @throws DomainError AMBIGUOUS_FACE with the boxes. */
function assertOneCandidate(image: AnalyzedImage): void {
  const candidates = findCandidates(image);
  if (candidates.length < 2) return;
  throw new DomainError(
    'AMBIGUOUS_FACE',
    `${candidates.length} faces of this image may be the person's. Send one that shows them alone, or enrol it with onAmbiguous: LARGEST.`,
    { details: { boxes: candidates.map((face) => face.boundingBox) } },
  );
}

/**
 * The faces as sure as whoever found them was. One that cannot be embedded is no face to keep: its image would stay when its person goes.
 * @throws DomainError NO_FACE_FOUND with its position.
 */
function asPlaced({ faces }: AnalyzedImage, places: readonly PlacedFace[]): AnalyzedFace[] {
  return faces.map((face, index) => {
    if (face.embedding) return { ...face, confidence: places[index]!.confidence };
    const reasons = face.rejections.join(', ');
    throw new DomainError(
      'NO_FACE_FOUND',
      `At the place of faces.${index} is nothing that can be embedded (${reasons}), so nothing of the image was stored. Correct its landmarks, or leave it out.`,
      { details: { face: index, reasons: face.rejections } },
    );
  });
}

/** Takes one item from its source to an outcome; writes nothing but its image. */
export class ItemWorker {
  private readonly reembedder: FaceReembedder;

  constructor(private readonly deps: ItemWorkerDependencies) {
    this.reembedder = new FaceReembedder(deps.analyzer);
  }

  /**
   * @param afterFetching runs what is left to do when an address has answered; what was uploaded goes on at once.
   * @throws DomainError and others: what keeps the item from an outcome.
   */
  async work(
    scope: TenantScope,
    range: ClaimedRange,
    item: ClaimedItem,
    signal: AbortSignal,
    afterFetching: (work: () => Promise<ItemOutcome>) => Promise<ItemOutcome>,
  ): Promise<ItemOutcome> {
    if (item.person && !item.subjectId) throw notFound('person');
    const received = await this.load(scope, item, signal);
    const analyse = () => this.analyse(scope, range, item, signal, received);
    return item.source?.kind === 'URL' ? afterFetching(analyse) : analyse();
  }

  private async analyse(
    scope: TenantScope,
    range: ClaimedRange,
    item: ClaimedItem,
    signal: AbortSignal,
    received: Uint8Array,
  ): Promise<ItemOutcome> {
    // Before the analysis, which may take the bytes along to its thread.
    const receivedSha256 = createHash('sha256').update(received).digest();
    const imageId = item.faces ? null : await this.findDuplicate(scope, range, item, receivedSha256);
    if (imageId) return { kind: 'DUPLICATE', itemId: item.id, imageId };

    const takenAt = item.takenAt ?? takenAtOf(received);
    const analyzed = await this.deps.analyzer.analyze({
      packId: range.packId,
      image: received,
      maxFaces: item.person ? 1 : range.maxFaces,
      keep: item.person ? 'LARGEST' : 'BEST',
      qualityFilter: range.qualityFilter,
      ...(item.faces ? { places: item.faces } : {}),
      embed: true,
      clean: true,
      priority: 'BULK',
      party: scope.tenantId,
      signal,
    });
    if (analyzed.faces.length === 0) {
      throw new DomainError(
        'NO_FACE_FOUND',
        `No face was found in ${whatWasSeen(analyzed, 'this image')}. Send one that shows a face.`,
      );
    }
    if (item.person && item.onAmbiguous === 'REFUSE') assertOneCandidate(analyzed);
    const faces = item.faces ? asPlaced(analyzed, item.faces) : analyzed.faces;
    const known = await this.findKnown(scope, range, item, analyzed);
    if (known && range.onKnownElsewhere === 'REFUSE') throw new KnownElsewhereError(known);
    if (!analyzed.cleaned) throw new Error('The analyzer answered without the image that was asked for');
    const { bytes, mime } = analyzed.cleaned;
    const storedSha256 = createHash('sha256').update(bytes).digest();
    const key = imageKey(scope, item.id);
    const { source } = item;
    const copied =
      source?.kind === 'UPLOAD' &&
      storedSha256.equals(receivedSha256) &&
      (await this.deps.images.copy(uploadKey(scope, source.uploadId), key, mime).then(
        () => true,
        () => false,
      ));
    // What went with its upload meanwhile is still at hand.
    if (!copied) await this.deps.images.put(key, bytes, mime);
    return {
      kind: 'ANALYZED',
      itemId: item.id,
      receivedSha256,
      stored: { sha256: storedSha256, bytes: bytes.length, mime },
      width: analyzed.width,
      height: analyzed.height,
      firstFrameOnly: analyzed.firstFrameOnly,
      takenAt,
      faces,
      alsoVectors: await this.embedAlso(scope, range, bytes, faces, signal),
      known,
    };
  }

  /** In the pack that the collection moves to, where it is served: by the image as it is kept, as the move itself would. */
  private async embedAlso(
    scope: TenantScope,
    { alsoIn }: ClaimedRange,
    image: Uint8Array,
    faces: readonly AnalyzedFace[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<AnalyzedFace, Float32Array>> {
    const pack = alsoIn && this.deps.analyzer.packs().find(({ id }) => id === alsoIn.packId);
    if (pack?.embeddingDigest !== alsoIn?.embeddingDigest || !alsoIn) return new Map();
    const known = faces.flatMap(({ embedding, boundingBox, landmarks }, place) =>
      embedding ? [{ id: String(place), boundingBox, landmarks }] : [],
    );
    const { packId } = alsoIn;
    const vectors = await this.reembedder.embed({ packId, image, faces: known, party: scope.tenantId, signal });
    return new Map([...vectors].map(([place, vector]) => [faces[Number(place)]!, vector]));
  }

  /** Whose else the face of a named person is like, where the request asks. Faces of the same moment do not see each other. */
  private async findKnown(
    scope: TenantScope,
    range: ClaimedRange,
    { id, subjectId }: ClaimedItem,
    { faces }: AnalyzedImage,
  ): Promise<KnownPerson | null> {
    const embedding = faces.find((face) => face.embedding)?.embedding;
    if (range.onKnownElsewhere === 'ALLOW' || !subjectId || !embedding) return null;
    const startedAt = new Date();
    const known = await this.deps.knownElsewhere.find(scope, range, subjectId, embedding);
    // Before the outcome tells it. The item leads to the image.
    await this.deps.audit.add(scope, [
      {
        caller: {
          by: 'JOB',
          apiKeyId: range.apiKeyId,
          actor: null,
          address: null,
          requestId: null,
          operation: 'onKnownElsewhere',
        },
        fact: {
          collectionIds: [range.collectionId],
          subjectIds: known ? [known.personId] : [],
          results: known ? 1 : 0,
          startedAt,
          details: { itemId: id },
        },
      },
    ]);
    return known;
  }

  /** Worth a look before the analysis; what slips through is caught by the unique key when it is recorded. */
  private async findDuplicate(
    scope: TenantScope,
    range: ClaimedRange,
    item: ClaimedItem,
    sha256: Uint8Array,
  ): Promise<string | null> {
    // Looked up when it was claimed.
    if (item.upload?.sha256 && Buffer.compare(item.upload.sha256, sha256) === 0) return null;
    return this.deps.enrollments.findDuplicate(scope, range.collectionId, item.subjectId, sha256);
  }

  private async load(scope: TenantScope, item: ClaimedItem, signal: AbortSignal): Promise<Uint8Array> {
    const { source, upload } = item;
    if (!source) {
      throw new DomainError('IMAGE_UNSUPPORTED', 'The bytes sent for this item were no image. Enrol it anew.');
    }
    if (source.kind === 'URL') {
      return (await this.deps.urls.fetch(source.url, { maxBytes: MAX_IMAGE_BYTES, party: scope.tenantId, signal }))
        .bytes;
    }
    if (!upload) throw notFound('upload');
    // A retry comes here without having been judged at the door.
    if (upload.isForSearch) throw new DomainError('FORBIDDEN', FOR_SEARCH_ONLY);
    if (!upload.received) await this.receive(scope, source.uploadId);
    try {
      return await this.deps.images.get(uploadKey(scope, source.uploadId));
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'NOT_FOUND') throw error;
      throw new DomainError('UPLOAD_EXPIRED', 'The bytes of this upload are gone. Send the image again.', {
        cause: error,
      });
    }
  }

  /** @throws DomainError FORBIDDEN, CONFLICT where nothing is there. */
  private async receive(scope: TenantScope, uploadId: string): Promise<void> {
    const { received, refused } = await this.deps.direct.receive(scope, [uploadId]);
    const why = refused.get(uploadId);
    if (why) throw why;
    if (received.has(uploadId)) return;
    throw new DomainError('CONFLICT', 'No image has been sent to this upload yet. PUT its bytes, then retry.');
  }
}
