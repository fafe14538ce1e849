import type { DomainError } from '../../domain/errors';
import type { SupportedImageMime } from '../../domain/image-format';
import type { QualityFilter } from '../../domain/quality';
import type { AnalyzedFace, FacePlace } from '../../ports/face-analyzer';
import type { ImageMime } from '../../records/image';
import type { KnownPerson, OutcomeError } from '../../records/job';
import type { StartedItem } from '../jobs/item-runs';
import type { EnrolledWork } from '../usage/enrollment-meter.service';

/** What to do with an image of a named person in which more than one face may be theirs. */
export const ON_AMBIGUOUS = ['REFUSE', 'LARGEST'] as const;
export type OnAmbiguous = (typeof ON_AMBIGUOUS)[number];

/** What to do with a named person's face that is like another person's of the collection. */
export const ON_KNOWN_ELSEWHERE = ['ALLOW', 'WARN', 'REFUSE'] as const;
export type OnKnownElsewhere = (typeof ON_KNOWN_ELSEWHERE)[number];

/** For whom an image's face is; nobody yet when absent. */
export type PersonTarget =
  | { readonly kind: 'ID'; readonly personId: string }
  | { readonly kind: 'EXTERNAL_ID'; readonly externalId: string }
  | {
      readonly kind: 'CREATE';
      /** Given out with the request; used unless a person of that externalId exists when the item is recorded. */
      readonly personId: string;
      readonly displayName: string;
      readonly externalId: string | null;
      readonly metadata: Readonly<Record<string, unknown>>;
    };

/** A face that the request says where it is, and whose. */
export interface PlacedFace extends FacePlace {
  /** 0-100, of whoever found it. */
  readonly confidence: number;
  readonly person: PersonTarget | null;
}

export type EnrollmentSource =
  { readonly kind: 'UPLOAD'; readonly uploadId: string } | { readonly kind: 'URL'; readonly url: string };

export interface NewEnrollmentItem {
  /** Also the id of the image that comes of it. */
  readonly id: string;
  /** REFUSED: bytes that came with the request and are no image; the item fails from the start. */
  readonly source: EnrollmentSource | { readonly kind: 'REFUSED'; readonly error: OutcomeError };
  readonly person: PersonTarget | null;
  /** Null: they are looked for. */
  readonly faces: readonly PlacedFace[] | null;
  readonly onAmbiguous: OnAmbiguous;
  readonly externalImageId: string | null;
  /** Null: what its EXIF says. */
  readonly takenAt: Date | null;
}

export interface NewEnrollment {
  readonly collectionId: string;
  readonly items: readonly NewEnrollmentItem[];
  readonly maxFaces: number;
  /** Null: the collection's. */
  readonly qualityFilter: QualityFilter | null;
  readonly onKnownElsewhere: OnKnownElsewhere;
  readonly clientRequestToken: string | null;
  /** SHA-256 of the canonical input. */
  readonly requestDigest: Uint8Array;
  readonly requestId: string;
  /** Of the key that asked for it; null: it is not known. */
  readonly apiKeyId: string | null;
  /** Uploads that `reserveUploads` made for this request: received once the job is written. */
  readonly reservedUploadIds: readonly string[];
  /** Why uploads are not used that were sent past the server. */
  readonly refusedUploads: ReadonlyMap<string, DomainError>;
  readonly now: Date;
}

/** An upload made by the server for bytes that came with the request. */
export interface ReservedUpload {
  readonly id: string;
  readonly bytes: number;
  readonly mime: SupportedImageMime;
  readonly sha256: Uint8Array;
  readonly expiresAt: Date;
}

/** What is said of an upload that was made to be searched with. */
export const FOR_SEARCH_ONLY =
  'This upload was made to be searched with, and is not enrolled. Make one with createUploads(input: { purpose: ENROLL, ... }).';

export interface ClaimedUpload {
  readonly received: boolean;
  readonly isForSearch: boolean;
  readonly bytes: number;
  readonly sha256: Uint8Array | null;
}

/** An item that a delivery has to work on. */
export interface ClaimedItem extends StartedItem {
  readonly ordinal: number;
  /** Null: the request's bytes were refused and not kept. */
  readonly source: EnrollmentSource | null;
  /** Of an upload: what may not be loaded, its size, and its digest where the upload has one. */
  readonly upload: ClaimedUpload | null;
  readonly person: PersonTarget | null;
  /** Null: they are looked for. */
  readonly faces: readonly PlacedFace[] | null;
  readonly onAmbiguous: OnAmbiguous;
  /** The person's id as of now (of a CREATE also one that does not exist yet); null for nobody or an unknown person. */
  readonly subjectId: string | null;
  /** The image that the upload's bytes already made for this subject. */
  readonly duplicateOf: string | null;
  readonly externalImageId: string | null;
  readonly takenAt: Date | null;
}

export interface ClaimedRange {
  readonly collectionId: string;
  readonly packId: string;
  readonly embeddingDigest: string;
  /** The pack that the collection moves to at present: faces are embedded in it, too. */
  readonly alsoIn: { readonly packId: string; readonly embeddingDigest: string } | null;
  readonly maxFaces: number;
  readonly qualityFilter: QualityFilter;
  readonly onKnownElsewhere: OnKnownElsewhere;
  /** Of the key that asked for the job; null: it is not known. */
  readonly apiKeyId: string | null;
  readonly cancelRequested: boolean;
  /** Why nothing more may be stored for the tenant; null when it may. */
  readonly quotaProblem: DomainError | null;
  readonly items: readonly ClaimedItem[];
}

export type Claim =
  | { readonly kind: 'WORK'; readonly range: ClaimedRange }
  /** The job is gone or finished. */
  | { readonly kind: 'NOTHING' }
  /** The collection is being deleted: the job cannot do its work. With the range's unfinished items. */
  | { readonly kind: 'COLLECTION_GONE'; readonly itemIds: readonly string[] };

/** What became of an item, before it is recorded. `itemId` is also the id of the image it stores. */
export type ItemOutcome =
  | {
      readonly kind: 'ANALYZED';
      readonly itemId: string;
      readonly receivedSha256: Uint8Array;
      readonly stored: { readonly sha256: Uint8Array; readonly bytes: number; readonly mime: ImageMime };
      readonly width: number;
      readonly height: number;
      readonly firstFrameOnly: boolean;
      /** Null: the image does not say. */
      readonly takenAt: Date | null;
      /** Largest first, or as the request placed them. */
      readonly faces: readonly AnalyzedFace[];
      /** Of `faces`: vectors in `alsoIn`. A face that has none here is embedded by the move itself. */
      readonly alsoVectors: ReadonlyMap<AnalyzedFace, Float32Array>;
      /** Whose else the face is like; null also where that was not asked. */
      readonly known: KnownPerson | null;
    }
  | { readonly kind: 'DUPLICATE'; readonly itemId: string; readonly imageId: string }
  | {
      readonly kind: 'FAILED';
      readonly itemId: string;
      readonly error: OutcomeError;
      /** Whose else the face is like, where that is why. */
      readonly known?: KnownPerson;
    }
  | { readonly kind: 'CANCELLED'; readonly itemId: string };

export interface RecordResult {
  /** Items whose outcome no longer holds (the image they duplicated is gone): to be worked on again. */
  readonly again: readonly string[];
  /** Items that ended otherwise meanwhile, or are gone: what was stored under their ids may not be kept. */
  readonly orphans: readonly string[];
  /** What the recorded outcomes were. */
  readonly work: EnrolledWork;
  /** Whether somebody has asked to cancel the job by now. */
  readonly cancelRequested: boolean;
}

/** What is left to do for the finished items of a range. */
export interface Leftovers {
  /** Uploads whose every item succeeded: their bytes may not be kept. */
  readonly uploadIds: readonly string[];
  /** Items that ended without an image of their own: what is stored under their ids may not be kept. */
  readonly objectIds: readonly string[];
  /** Faces that wait for the index. */
  readonly faceIds: readonly string[];
}
