// Made by npm run codegen from schema.graphql and ../operations: change these, not this.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocument } from '../typed-document.ts';
/** Files that will be sent. */
export type CreateUploadsInput = {
  /** 1-1000 files; the answer has their uploads in this order. */
  readonly files: ReadonlyArray<UploadFileInput>;
};

/** Images to enrol. */
export type EnrollFacesInput = {
  /** 1-64 letters, digits, _ or -. The same token with the same input is the same job. */
  readonly clientRequestToken?: string | null | undefined;
  /** The collection. */
  readonly collectionId: string;
  /** 1-10,000 images; each ends with an outcome of its own. */
  readonly items: ReadonlyArray<EnrollFacesItemInput>;
  /** At most this many faces an image, 1-100, the best ones; default 100. */
  readonly maxFaces?: number | null | undefined;
  /** When more than one face may be the named person’s; default REFUSE. */
  readonly onAmbiguous?: OnAmbiguous | null | undefined;
  /** How good a face must be; default the collection’s. */
  readonly qualityFilter?: QualityFilter | null | undefined;
};

/** One image to enrol. */
export type EnrollFacesItemInput = {
  /** Your own id of the image, 1-255 characters. */
  readonly externalImageId?: string | null | undefined;
  /** The image. */
  readonly image: ImageInput;
  /** Of this image; default the one of all. */
  readonly onAmbiguous?: OnAmbiguous | null | undefined;
  /** Whose largest face it shows. Left out: every face is enrolled, assigned to nobody. */
  readonly person?: EnrollPersonInput | null | undefined;
};

/** A person to make known when the first image of them is enrolled. */
export type EnrollPersonCreateInput = {
  /** How people call them, 1-255 characters. */
  readonly displayName: string;
  /** Your own id of them, 1-255 characters. When a person of the collection has it, they are used instead. */
  readonly externalId?: string | null | undefined;
  /** What else you keep of them: a JSON object, at most 16 KB. */
  readonly metadata?: Record<string, unknown> | null | undefined;
};

/** Whose face it is: exactly one of the three. */
export type EnrollPersonInput =
  {   /** A person to make known. */
  readonly create: EnrollPersonCreateInput; readonly externalId?: never; readonly id?: never; }
  |  { readonly create?: never;   /** A person of the collection, by your own id of them. */
  readonly externalId: string; readonly id?: never; }
  |  { readonly create?: never; readonly externalId?: never;   /** A person of the collection. */
  readonly id: string; };

/** What was wrong, for a program: never renamed. `extensions.code` of an error is one of these, too. */
export type ErrorCode =
  /** More than one face may be the named person’s; `details.boxes` has them. */
  | 'AMBIGUOUS_FACE'
  /** `details.fields` names each refused field and its rule. */
  | 'BAD_USER_INPUT'
  /** The name is in use, or the thing is not in the state that this needs. */
  | 'CONFLICT'
  /** The events after this cursor are no longer kept. */
  | 'CURSOR_EXPIRED'
  /** An engine cannot be reached. Try again. */
  | 'DEPENDENCY_UNAVAILABLE'
  /** The key lacks the scope, the tenant is suspended, or a signed address does not hold. */
  | 'FORBIDDEN'
  /** The clientRequestToken came with other input before. */
  | 'IDEMPOTENT_PARAMETER_MISMATCH'
  /** Too many bytes or pixels. */
  | 'IMAGE_TOO_LARGE'
  /** Damaged, cut off or empty. */
  | 'IMAGE_UNREADABLE'
  /** Not JPEG, PNG or WebP. */
  | 'IMAGE_UNSUPPORTED'
  /** Unforeseen; logged under `errorId`. */
  | 'INTERNAL_SERVER_ERROR'
  /** Collections of different packs in one search, or a pack that is not served. */
  | 'MODEL_MISMATCH'
  /** Absent, or another tenant’s: the two look the same. */
  | 'NOT_FOUND'
  /** A face was needed, and none is in the image. */
  | 'NO_FACE_FOUND'
  /** Too long, too deep, too many aliases or too many fields. */
  | 'QUERY_TOO_COMPLEX'
  /** The tenant’s limit is reached. */
  | 'QUOTA_EXCEEDED'
  /** Too much at once. Try again. */
  | 'RATE_LIMITED'
  /** A disk is full. Try again. */
  | 'STORAGE_FULL'
  /** A deadline passed. Try again. */
  | 'TIMEOUT'
  /** No key, or one that is mistyped, unknown, expired or revoked. */
  | 'UNAUTHENTICATED'
  /** Older than 24 hours. */
  | 'UPLOAD_EXPIRED'
  /** Not public https, a private address, or no image there. */
  | 'URL_REFUSED';

/** What happened. */
export type EventType =
  /** A collection was made. */
  | 'COLLECTION_CREATED'
  /** A collection was deleted. */
  | 'COLLECTION_DELETED'
  /** A collection’s settings changed. */
  | 'COLLECTION_UPDATED'
  /** Faces were given to a person. */
  | 'FACES_ASSIGNED'
  /** Faces were deleted. */
  | 'FACES_DELETED'
  /** Searches can find these faces now. */
  | 'FACES_INDEXED'
  /** Faces were taken from their persons. */
  | 'FACES_UNASSIGNED'
  /** It was cancelled. */
  | 'JOB_CANCELLED'
  /** A job was accepted. */
  | 'JOB_CREATED'
  /** It could not do its work at all. */
  | 'JOB_FAILED'
  /** More of its items have outcomes; at most one a second. */
  | 'JOB_PROGRESS'
  /** Its failed items are tried again. */
  | 'JOB_RETRIED'
  /** Its first item was begun. */
  | 'JOB_STARTED'
  /** Every item has its outcome. */
  | 'JOB_SUCCEEDED'
  /** Persons were deleted. */
  | 'PERSONS_DELETED'
  /** A person was made known. */
  | 'PERSON_CREATED'
  /** A person’s name, id or metadata changed. */
  | 'PERSON_UPDATED';

/** An image: exactly one of the three. JPEG, PNG or WebP, at most 64 megapixels. */
export type ImageInput =
  {   /** Standard base64 of the file, at most 4 MB of it decoded. */
  readonly base64: string; readonly uploadId?: never; readonly url?: never; }
  |  { readonly base64?: never;   /** An upload of createUploads whose bytes have been sent; at most 15 MB. */
  readonly uploadId: string; readonly url?: never; }
  |  { readonly base64?: never; readonly uploadId?: never;   /** An https address to fetch it from, of at most 16,384 characters; at most 15 MB. */
  readonly url: string; };

/** Which items of a job to list; all conditions must hold. */
export type JobItemFilterInput = {
  /** true: only items of which a face was indexed; false: only items that succeeded and of which none was, as `progress` counts them. */
  readonly indexed?: boolean | null | undefined;
  /** Only in this state: FAILED pages the failures. */
  readonly state?: JobItemState | null | undefined;
};

/** How far an item has come. */
export type JobItemState =
  /** Not begun when the job was cancelled. */
  | 'CANCELLED'
  /** `error` says why; retryJob tries it again. */
  | 'FAILED'
  /** Not begun. */
  | 'PENDING'
  /** Being worked on. */
  | 'RUNNING'
  /** Its faces are recorded. */
  | 'SUCCEEDED';

/** What a job does. */
export type JobKind =
  /** Removes for good what was deleted. */
  | 'DELETION'
  /** Enrols images. */
  | 'ENROLLMENT';

/** How far a job has come. */
export type JobState =
  /** Stopped by cancelJob; what was done stays. */
  | 'CANCELLED'
  /** It could not do its work at all; `error` says why. */
  | 'FAILED'
  /** Being worked on. */
  | 'IN_PROGRESS'
  /** Nothing of it has begun. */
  | 'QUEUED'
  /** Every item has its outcome; `progress.failed` of them failed. */
  | 'SUCCEEDED';

/** What to do with an image of a named person in which more than one face may be theirs. */
export type OnAmbiguous =
  /** The largest face is taken. */
  | 'LARGEST'
  /** The item fails with AMBIGUOUS_FACE and the boxes of these faces; nothing is stored. */
  | 'REFUSE';

/** How good a face must be. */
export type QualityFilter =
  /** What recognition can work with. */
  | 'AUTO'
  /** Good enough to enrol for reference. */
  | 'HIGH'
  /** Leaves out the worst. */
  | 'LOW'
  /** Good enough to identify with. */
  | 'MEDIUM'
  /** Every face that was found. */
  | 'NONE';

/** Why a face was not indexed. */
export type UnindexedReason =
  /** More faces than maxFaces; with a person named, only the largest is theirs. */
  | 'EXCEEDS_MAX_FACES'
  /** Turned too far away. */
  | 'EXTREME_POSE'
  /** Too dark. */
  | 'LOW_BRIGHTNESS'
  /** The detector is not sure that it is a face. */
  | 'LOW_CONFIDENCE'
  /** Several measures are low together. */
  | 'LOW_FACE_QUALITY'
  /** Too blurred. */
  | 'LOW_SHARPNESS'
  /** Its landmarks cannot be those of a face: such faces resemble each other whoever they are, so none is embedded, whatever the quality filter. */
  | 'MISALIGNED'
  /** Too few pixels. */
  | 'SMALL_BOUNDING_BOX';

/** A file that will be sent. */
export type UploadFileInput = {
  /** Its exact size, 1 to 15,728,640. */
  readonly bytes: number;
  /** image/jpeg, image/png or image/webp; other names of JPEG (image/jpg, image/pjpeg) and parameters are understood. */
  readonly mime: string;
  /** Its SHA-256, hexadecimal; checked when the bytes come. */
  readonly sha256?: string | null | undefined;
};

export type EventFieldsFragment = { readonly cursor: string, readonly type: EventType, readonly createdAt: string, readonly collectionId: string | null, readonly jobId: string | null, readonly payload: Record<string, unknown> };

export type JobUpdatedSubscriptionVariables = Exact<{
  jobId: string;
  after?: string | null | undefined;
}>;


export type JobUpdatedSubscription = { readonly jobUpdated: { readonly cursor: string, readonly type: EventType, readonly createdAt: string, readonly collectionId: string | null, readonly jobId: string | null, readonly payload: Record<string, unknown>, readonly job: { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null } | null } };

export type CollectionEventsSubscriptionVariables = Exact<{
  collectionId: string;
  types?: ReadonlyArray<EventType> | EventType | null | undefined;
  after?: string | null | undefined;
}>;


export type CollectionEventsSubscription = { readonly collectionEvents: { readonly cursor: string, readonly type: EventType, readonly createdAt: string, readonly collectionId: string | null, readonly jobId: string | null, readonly payload: Record<string, unknown> } };

export type EventCursorQueryVariables = Exact<{
  collectionId: string;
}>;


export type EventCursorQuery = { readonly collection: { readonly eventCursor: string } | null };

export type JobFieldsFragment = { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null };

export type JobItemFieldsFragment = { readonly id: string, readonly ordinal: number, readonly state: JobItemState, readonly externalImageId: string | null, readonly duplicate: boolean, readonly image: { readonly id: string } | null, readonly faceRecords: ReadonlyArray<{ readonly id: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null }>, readonly unindexedFaces: ReadonlyArray<{ readonly reasons: ReadonlyArray<UnindexedReason>, readonly face: { readonly id: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number } } }>, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null };

export type JobQueryVariables = Exact<{
  id: string;
}>;


export type JobQuery = { readonly job: { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null } | null };

export type JobItemsQueryVariables = Exact<{
  jobId: string;
  filter?: JobItemFilterInput | null | undefined;
  first?: number;
  after?: string | null | undefined;
}>;


export type JobItemsQuery = { readonly job: { readonly items: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly ordinal: number, readonly state: JobItemState, readonly externalImageId: string | null, readonly duplicate: boolean, readonly image: { readonly id: string } | null, readonly faceRecords: ReadonlyArray<{ readonly id: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null }>, readonly unindexedFaces: ReadonlyArray<{ readonly reasons: ReadonlyArray<UnindexedReason>, readonly face: { readonly id: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number } } }>, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } } | null };

export type EnrollFacesMutationVariables = Exact<{
  input: EnrollFacesInput;
}>;


export type EnrollFacesMutation = { readonly enrollFaces: { readonly job: { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null } } };

export type CreateUploadsMutationVariables = Exact<{
  input: CreateUploadsInput;
}>;


export type CreateUploadsMutation = { readonly createUploads: { readonly uploads: ReadonlyArray<{ readonly id: string, readonly url: string, readonly headers: Record<string, unknown>, readonly expiresAt: string }> } };

export const JobUpdatedDocument: TypedDocument<JobUpdatedSubscription, JobUpdatedSubscriptionVariables> =
  "subscription JobUpdated($jobId:ID!$after:String){jobUpdated(jobId:$jobId after:$after){...EventFields job{...JobFields}}}fragment EventFields on Event{cursor type createdAt collectionId jobId payload}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{indexed unindexed failed cancelled pending total}error{code message details}}";

export const CollectionEventsDocument: TypedDocument<CollectionEventsSubscription, CollectionEventsSubscriptionVariables> =
  "subscription CollectionEvents($collectionId:ID!$types:[EventType!]$after:String){collectionEvents(collectionId:$collectionId types:$types after:$after){...EventFields}}fragment EventFields on Event{cursor type createdAt collectionId jobId payload}";

export const EventCursorDocument: TypedDocument<EventCursorQuery, EventCursorQueryVariables> =
  "query EventCursor($collectionId:ID!){collection(id:$collectionId){eventCursor}}";

export const JobDocument: TypedDocument<JobQuery, JobQueryVariables> =
  "query Job($id:ID!){job(id:$id){...JobFields}}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{indexed unindexed failed cancelled pending total}error{code message details}}";

export const JobItemsDocument: TypedDocument<JobItemsQuery, JobItemsQueryVariables> =
  "query JobItems($jobId:ID!$filter:JobItemFilterInput$first:Int!=200$after:String){job(id:$jobId){items(filter:$filter first:$first after:$after){nodes{...JobItemFields}pageInfo{hasNextPage endCursor}}}}fragment JobItemFields on JobItem{id ordinal state externalImageId duplicate image{id}faceRecords{id boundingBox{left top width height}person{id externalId displayName}}unindexedFaces{reasons face{id boundingBox{left top width height}}}error{code message details}}";

export const EnrollFacesDocument: TypedDocument<EnrollFacesMutation, EnrollFacesMutationVariables> =
  "mutation EnrollFaces($input:EnrollFacesInput!){enrollFaces(input:$input){job{...JobFields}}}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{indexed unindexed failed cancelled pending total}error{code message details}}";

export const CreateUploadsDocument: TypedDocument<CreateUploadsMutation, CreateUploadsMutationVariables> =
  "mutation CreateUploads($input:CreateUploadsInput!){createUploads(input:$input){uploads{id url headers expiresAt}}}";
