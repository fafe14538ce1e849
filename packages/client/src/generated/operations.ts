// Made by npm run codegen from schema.graphql and ../operations: change these, not this.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocument } from '../typed-document.ts';
/** A face that was missed. */
export type AddFaceInput = {
  /** Drawn closely about the face: at least 16 pixels of the image wide and high. What is kept is the box that the pack sees there. */
  readonly boundingBox: BoundingBoxInput;
  /** The image that shows it. */
  readonly imageId: string;
};

/** What an API key may do. None includes another. What a key may call it is answered with as far as its scopes see: a field that they do not is refused with FORBIDDEN before anything is done. */
export type ApiKeyScope =
  /** List API keys; make, rotate and revoke those that may do no more than the key itself. */
  | 'ADMIN'
  /** Read the audit: who did and searched what, when and from where; and its checkpoints. */
  | 'AUDIT'
  /** Upload images, enrol faces, cancel and retry jobs. Of a job it sees all but the items. */
  | 'ENROLL'
  /** Read collections, persons, faces, images, jobs and events, in the answers of searches and changes, too. */
  | 'READ'
  /** Detect, compare, verify and search faces. Of a match it sees the person’s id, name and external id and the similarity. */
  | 'SEARCH'
  /** See the metadata of a match and the crop of its best face, beside SEARCH. */
  | 'SEARCH_DETAILS'
  /** Make, change and delete collections, persons and faces. It sees ids in the answers. */
  | 'WRITE';

/** Faces to give to a person. */
export type AssignFacesInput = {
  /** 1-1000 faces of the person’s collection. */
  readonly faceIds: ReadonlyArray<string>;
  /** The person. */
  readonly personId: string;
};

/** Which rows of the audit; all conditions must hold. Rows that were erased are found by time alone. */
export type AuditEntryFilterInput = {
  /** Only what a client did for this actor, as the row has it. */
  readonly actor?: string | null | undefined;
  /** Only what was done with this key. */
  readonly apiKeyId?: string | null | undefined;
  /** Only what this kind of caller did. */
  readonly by?: AuditParty | null | undefined;
  /** Only what was about this collection. */
  readonly collectionId?: string | null | undefined;
  /** Only from then on. */
  readonly from?: string | null | undefined;
  /** Only these operations, 1-50, such as searchFaces. */
  readonly operations?: ReadonlyArray<string> | null | undefined;
  /** Only what was about this person, face, image, upload, job or key. */
  readonly subjectId?: string | null | undefined;
  /** Only before then. */
  readonly to?: string | null | undefined;
};

/** What to order by; what is equal is ordered by id, in the same direction. */
export type AuditEntryOrderField =
  /** By number, which is by time. */
  | 'CREATED_AT';

/** How to order a list. */
export type AuditEntryOrderInput = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** What to order by. */
  readonly field: AuditEntryOrderField;
};

/** What kind of caller did it. */
export type AuditParty =
  /** Whoever held a signed address of an image. */
  | 'ADDRESS'
  /** Work that a request left behind; `subjectIds` holds its job. */
  | 'JOB'
  /** An API key of the tenant. */
  | 'KEY'
  /** Whoever runs the server, with the operator key. */
  | 'OPERATOR';

/** A box inside the upright image, as ratios 0-1 of it: neither left + width nor top + height exceeds 1. */
export type BoundingBoxInput = {
  /** Share of the image’s height. */
  readonly height: number;
  /** Distance of the left edge from the left border. */
  readonly left: number;
  /** Distance of the top edge from the top border. */
  readonly top: number;
  /** Share of the image’s width. */
  readonly width: number;
};

/** Which job to cancel. */
export type CancelJobInput = {
  /** The job. */
  readonly id: string;
};

/** What a change is about. */
export type ChangedEntity =
  /** A face. */
  | 'FACE'
  /** That a face is not a person’s. */
  | 'FACE_REJECTION'
  /** A person. */
  | 'PERSON'
  /** That two persons are different people. */
  | 'PERSON_REJECTION';

/** Which faces are grouped. */
export type ClusterScope =
  /** All that searches find. */
  | 'ALL'
  /** Those that are nobody’s. */
  | 'UNASSIGNED';

/** Which collections to list. */
export type CollectionFilterInput = {
  /** Part of the name, case-insensitive. */
  readonly text?: string | null | undefined;
};

/** What to order by; what is equal is ordered by id, in the same direction. */
export type CollectionOrderField =
  /** By when it was made. */
  | 'CREATED_AT'
  /** By name, whatever its case. */
  | 'NAME';

/** How to order a list. */
export type CollectionOrderInput = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** What to order by. */
  readonly field: CollectionOrderField;
};

/** A match of a search. */
export type ConfirmMatchInput = {
  /** The person whom it found. */
  readonly personId: string;
  /** The search: `searchId` of searchFaces or of verifyPerson. */
  readonly searchId: string;
};

/** A new API key. */
export type CreateApiKeyInput = {
  /** Networks that it works from, 1-50 like 10.1.0.0/16, fd12::/64 or one address; null: as the key that makes it. Over HTTP, on sockets, at addresses of uploads and images. */
  readonly allowedNetworks?: ReadonlyArray<string> | null | undefined;
  /** The collections that it is bound to, 1-100: it sees and touches nothing of the tenant’s others. Null: as the key that makes it. A bound key makes keys of its own collections only. */
  readonly collectionIds?: ReadonlyArray<string> | null | undefined;
  /** When it stops working, no later than the key that makes it; null: never. */
  readonly expiresAt?: string | null | undefined;
  /** Make it although it does not work from where you are, which allowedNetworks is refused for. */
  readonly force?: boolean;
  /** Whether it is for tests and demonstrations, lk_test_; null: as the key that makes it. A test key makes test keys only. */
  readonly isTest?: boolean | null | undefined;
  /** What it is for, 1-255 characters. */
  readonly name: string;
  /** What it may do: no more than the key that makes it. */
  readonly scopes: ReadonlyArray<ApiKeyScope>;
  /** Whose key; only for the operator, who must say it. */
  readonly tenantId?: string | null | undefined;
};

/** A new collection. */
export type CreateCollectionInput = {
  /** What it is for, at most 1,000 characters. */
  readonly description?: string | null | undefined;
  /** name@version, or a bare name; the server’s default otherwise. Never changes. */
  readonly modelPack?: string | null | undefined;
  /** 1-255 letters, digits, "_", "." or "-"; unique among your collections. */
  readonly name: string;
  /** What an enrolled face must pass; default AUTO. */
  readonly qualityFilter?: QualityFilter | null | undefined;
  /** Days that its faces, images and persons without faces are kept, 1-36,500; null: without end. Older ones are out of every answer at once. */
  readonly retentionDays?: number | null | undefined;
  /** Similarity 0-100 that a search must reach; null: automatic. */
  readonly similarityThreshold?: number | null | undefined;
  /** Strangers let through by the automatic threshold; default 0.01. */
  readonly targetFpir?: number | null | undefined;
};

/** A new person. */
export type CreatePersonInput = {
  /** What else they are called: at most 20 of 1-255 characters. */
  readonly aliases?: ReadonlyArray<string> | null | undefined;
  /** YYYY-MM-DD; null: not known. */
  readonly bornOn?: string | null | undefined;
  /** 1-64 letters, digits, _ or -. The same token in the same collection is the same person, as they are by then. */
  readonly clientRequestToken?: string | null | undefined;
  /** The collection that is to know them. */
  readonly collectionId: string;
  /** YYYY-MM-DD; null: they live, or it is not known. */
  readonly diedOn?: string | null | undefined;
  /** How people call them, 1-255 characters. */
  readonly displayName: string;
  /** Your own id of them, 1-255 characters, unique in the collection. */
  readonly externalId?: string | null | undefined;
  /** What else you keep of them: a JSON object, at most 16 KB. */
  readonly metadata?: Record<string, unknown> | null | undefined;
};

/** A new tenant. */
export type CreateTenantInput = {
  /** What it may hold; without end unless said, but for bytes. */
  readonly limits?: TenantLimitsInput | null | undefined;
  /** What people call it, 1-255 characters. */
  readonly name: string;
};

/** Files that will be sent. */
export type CreateUploadsInput = {
  /** 1-1000 files; the answer has their uploads in this order. */
  readonly files: ReadonlyArray<UploadFileInput>;
  /** What all of them are for; null: ENROLL where the key has that scope, else SEARCH. */
  readonly purpose?: UploadPurpose | null | undefined;
};

/** What is odd. */
export type CurationWarningCode =
  /** Somebody said of a face that it is not this person’s. */
  | 'REJECTED_MATCH'
  /** Somebody said that the persons are different people. */
  | 'REJECTED_MERGE'
  /** Several of the faces stand in one photograph. */
  | 'SAME_PHOTOGRAPH';

/** Which collection to delete. */
export type DeleteCollectionInput = {
  /** The collection. */
  readonly id: string;
};

/** Faces to delete. */
export type DeleteFacesInput = {
  /** 1-1000 ids; ids of no face are passed over. */
  readonly faceIds: ReadonlyArray<string>;
};

/** Persons to delete. */
export type DeletePersonsInput = {
  /** Leave their faces in the collection, assigned to nobody. */
  readonly keepFaces?: boolean;
  /** 1-1000 ids; ids of nobody are passed over. */
  readonly personIds: ReadonlyArray<string>;
};

/** Which tenant to delete. */
export type DeleteTenantInput = {
  /** The tenant. */
  readonly id: string;
};

/** Why a face is doubted to be a good reference of its person. */
export type DoubtReason =
  /** It is not like its person’s other faces, nor like anybody else’s. */
  | 'FITS_BADLY'
  /** It is like faces of many persons: a poor picture, which answers for its person wrongly. */
  | 'FITS_EVERYBODY'
  /** It fits somebody else better. */
  | 'WRONG_PERSON';

/** Which grant ends. */
export type EndGalleryGrantInput = {
  /** The grant: of a gallery of yours, or the id by which you know one of another tenant’s. */
  readonly id: string;
  /** Whose gallery; only for the operator, who must say it. */
  readonly tenantId?: string | null | undefined;
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
  /** When a named person’s face is like another person’s; default ALLOW. The others need READ, too. */
  readonly onKnownElsewhere?: OnKnownElsewhere | null | undefined;
  /** How good a face must be; default the collection’s. */
  readonly qualityFilter?: QualityFilter | null | undefined;
};

/** One image to enrol. */
export type EnrollFacesItemInput = {
  /** Your own id of the image, 1-255 characters. */
  readonly externalImageId?: string | null | undefined;
  /** Its faces, 1-100, where they are known: no other is looked for, and no quality filter counts. Not beside `person` or `onAmbiguous`. A face that is there already, in an image of the same bytes, stays as it is. */
  readonly faces?: ReadonlyArray<EnrollPlacedFaceInput> | null | undefined;
  /** The image. */
  readonly image: ImageInput;
  /** Of this image; default the one of all. */
  readonly onAmbiguous?: OnAmbiguous | null | undefined;
  /** Whose largest face it shows. Left out: every face is enrolled, assigned to nobody. */
  readonly person?: EnrollPersonInput | null | undefined;
  /** When the image was taken; default what its EXIF says. */
  readonly takenAt?: string | null | undefined;
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

/** A face that is known to be there: nothing is looked for, and its embedding is made at these landmarks. */
export type EnrollPlacedFaceInput = {
  /** Its box. */
  readonly boundingBox: BoundingBoxInput;
  /** How sure whoever found it was, 0-100; default 100. */
  readonly confidence?: number | null | undefined;
  /** Its five points, by which it is aligned. */
  readonly landmarks: LandmarksInput;
  /** Whose it is. Left out: nobody’s. */
  readonly person?: EnrollPersonInput | null | undefined;
};

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
  /** The face is like that of another person of the collection; `JobItem.knownElsewhere` says whose. */
  | 'KNOWN_ELSEWHERE'
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
  /** Who is who was changed: by an operation that can be undone. */
  | 'OPERATION_RECORDED'
  /** Persons were deleted. */
  | 'PERSONS_DELETED'
  /** A person was made known. */
  | 'PERSON_CREATED'
  /** A person’s name, id or metadata changed. */
  | 'PERSON_UPDATED';

/** Who said whose a face is. */
export type FaceAssigner =
  /** Its image was enrolled for the person. */
  | 'ENROLLED'
  /** Somebody who looked at it. */
  | 'HUMAN'
  /** This server suggested it, and somebody confirmed. */
  | 'SUGGESTION';

/** Which faces to list; all conditions must hold. */
export type FaceFilterInput = {
  /** true: only assigned to somebody; false: only indexed ones that are assigned to nobody. */
  readonly assigned?: boolean | null | undefined;
  /** Only of this collection. */
  readonly collectionId?: string | null | undefined;
  /** Only of this person. */
  readonly personId?: string | null | undefined;
  /** Only in this state. */
  readonly state?: FaceState | null | undefined;
};

/** Why nobody is to be asked about a face again. */
export type FaceHiddenAs =
  /** It is no face: searches do not find it. */
  | 'NOT_A_FACE'
  /** Somebody whom nobody knows. */
  | 'STRANGER';

/** What to order by; what is equal is ordered by id, in the same direction. */
export type FaceOrderField =
  /** By when it was found. */
  | 'CREATED_AT'
  /** By `quality.score`. In `Query.faces` it needs a collectionId or a personId in the filter. */
  | 'QUALITY'
  /** By the shorter side of its box in pixels. In `Query.faces` it needs a collectionId or a personId in the filter. */
  | 'SIZE';

/** How to order a list. */
export type FaceOrderInput = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** What to order by. */
  readonly field: FaceOrderField;
};

/** Where a face is on its way into the index. */
export type FaceState =
  /** Found and embedded, not searchable yet. */
  | 'DETECTED'
  /** Searches can find it. */
  | 'INDEXED'
  /** Found, but not to be searched; `reasons` says why. */
  | 'UNINDEXED';

/** Which collection stays with the pack that it has. */
export type FinishReembeddingInput = {
  /** The collection. */
  readonly id: string;
};

/** Who ended the grant of a gallery. */
export type GrantEnder =
  /** Who was granted it. */
  | 'GRANTEE'
  /** Who publishes it. */
  | 'OWNER'
  /** One of the two was suspended or is being deleted. */
  | 'SUSPENSION';

/** Who may look people up in a gallery. */
export type GrantGalleryInput = {
  /** The other tenant, by the id that its `viewer` tells it. */
  readonly granteeTenantId: string;
  /** The gallery. */
  readonly id: string;
  /** A note for yourself, at most 255 characters. */
  readonly label?: string | null | undefined;
  /** Whose gallery; only for the operator, who must say it. */
  readonly tenantId?: string | null | undefined;
};

/** Faces that nobody is to be asked about again. */
export type HideFacesInput = {
  /** Why; null shows them again. */
  readonly as?: FaceHiddenAs | null | undefined;
  /** 1-1000 faces. */
  readonly faceIds: ReadonlyArray<string>;
};

/** Which images to list; all conditions must hold. */
export type ImageFilterInput = {
  /** Only with this id of your own, as given at enrolment. */
  readonly externalImageId?: string | null | undefined;
  /** Only with a face of this person. */
  readonly personId?: string | null | undefined;
};

/** An image: exactly one of the three. JPEG, PNG or WebP, at most 64 megapixels. */
export type ImageInput =
  {   /** Standard base64 of the file, at most 4 MB of it decoded. */
  readonly base64: string; readonly uploadId?: never; readonly url?: never; }
  |  { readonly base64?: never;   /** An upload of createUploads whose bytes have been sent; at most 15 MB. */
  readonly uploadId: string; readonly url?: never; }
  |  { readonly base64?: never; readonly uploadId?: never;   /** An https address to fetch it from, of at most 16,384 characters; at most 15 MB. */
  readonly url: string; };

/** What to order by; what is equal is ordered by id, in the same direction. */
export type ImageOrderField =
  /** By when it was accepted. */
  | 'CREATED_AT';

/** How to order a list. */
export type ImageOrderInput = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** What to order by. */
  readonly field: ImageOrderField;
};

/** Which jobs to list; all conditions must hold. */
export type JobFilterInput = {
  /** Only of this kind. */
  readonly kind?: JobKind | null | undefined;
  /** Only in this state. */
  readonly state?: JobState | null | undefined;
};

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
  | 'ENROLLMENT'
  /** Moves a collection to another model pack. */
  | 'REEMBEDDING';

/** What to order by; what is equal is ordered by id, in the same direction. */
export type JobOrderField =
  /** By when it was accepted. */
  | 'CREATED_AT';

/** How to order a list. */
export type JobOrderInput = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** What to order by. */
  readonly field: JobOrderField;
};

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

/** Five points of a face; left and right as seen with the face upright. */
export type LandmarksInput = {
  /** Centre of the eye at the left as seen with the face upright. */
  readonly eyeLeft: PointInput;
  /** Centre of the eye at the right as seen with the face upright. */
  readonly eyeRight: PointInput;
  /** Corner of the mouth at the left as seen with the face upright. */
  readonly mouthLeft: PointInput;
  /** Corner of the mouth at the right as seen with the face upright. */
  readonly mouthRight: PointInput;
  /** Tip of the nose. */
  readonly nose: PointInput;
};

/** Persons that are one. */
export type MergePersonsInput = {
  /** Also if somebody said that they are different people. */
  readonly evenIfRejected?: boolean;
  /** Who stays, with their name, external id and metadata. */
  readonly intoId: string;
  /** 1-100 persons of the same collection who become them. */
  readonly personIds: ReadonlyArray<string>;
};

/** What a raw distance measures. */
export type Metric =
  /** 1 - cosine, 0 to 2. */
  | 'COSINE'
  /** L2 norm of the difference. */
  | 'EUCLIDEAN';

/** Faces, and whose they are. */
export type NameFacesInput = {
  /** 1-1000 faces of one collection. */
  readonly faceIds: ReadonlyArray<string>;
  /** Whose they are. */
  readonly person: NamePersonInput;
  /** Whether it was this server’s suggestion that somebody confirmed; kept as Face.assignedBy. */
  readonly suggested?: boolean;
};

/** Exactly one of them. */
export type NamePersonInput =
  {   /** Somebody new. */
  readonly create: NewNamedPersonInput; readonly id?: never; }
  |  { readonly create?: never;   /** Somebody on record. */
  readonly id: string; };

/** Who somebody is that is not on record yet. */
export type NewNamedPersonInput = {
  /** How people call them, 1-255 characters. */
  readonly displayName: string;
  /** Your own id of them, unique in the collection. */
  readonly externalId?: string | null | undefined;
  /** What else you keep of them: a JSON object, at most 16 KB. */
  readonly metadata?: Record<string, unknown> | null | undefined;
};

/** What to do with an image of one person in which more than one face may be theirs. */
export type OnAmbiguous =
  /** The largest face is taken. */
  | 'LARGEST'
  /** The item or search fails with AMBIGUOUS_FACE and the boxes of these faces; nothing is stored. */
  | 'REFUSE';

/** What to do with a named person’s face that is like that of another person of the collection, as a search would find. */
export type OnKnownElsewhere =
  /** Nothing is looked up. */
  | 'ALLOW'
  /** The item fails with KNOWN_ELSEWHERE; nothing is stored. */
  | 'REFUSE'
  /** It is enrolled, and `JobItem.knownElsewhere` says whom it is like. */
  | 'WARN';

/** Which operations to list. */
export type OperationFilterInput = {
  /** Only those that named this person, or who was merged into them. */
  readonly personId?: string | null | undefined;
};

/** What was done to who is who. */
export type OperationKind =
  /** A face was added to an image by its box. */
  | 'ADD_FACE'
  /** Faces were given to a person by assignFaces. */
  | 'ASSIGN_FACES'
  /** Faces were hidden, or shown again. */
  | 'HIDE_FACES'
  /** Persons became one. */
  | 'MERGE_PERSONS'
  /** Faces were given to a person, who may have been made with it. */
  | 'NAME_FACES'
  /** An undo was taken back. */
  | 'REDO'
  /** Faces were said not to be a person’s. */
  | 'REJECT_MATCH'
  /** Two persons were said to be different people. */
  | 'REJECT_MERGE'
  /** Faces of a person became somebody else’s. */
  | 'SPLIT_PERSON'
  /** Faces were left to nobody. */
  | 'UNASSIGN_FACES'
  /** An operation was taken back. */
  | 'UNDO'
  /** A person’s name, aliases, external id or metadata were changed. */
  | 'UPDATE_PERSON';

/** What to order by; what is equal is ordered by id, in the same direction. */
export type OperationOrderField =
  /** By when it was done. */
  | 'CREATED_AT';

/** How to order a list. */
export type OperationOrderInput = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** What to order by. */
  readonly field: OperationOrderField;
};

/** Which way a list is ordered. */
export type OrderDirection =
  /** From A to Z, the oldest first. */
  | 'ASC'
  /** From Z to A, the newest first. */
  | 'DESC';

/** Which persons; all conditions must hold. */
export type PersonFilterInput = {
  /** Exactly this external id. */
  readonly externalId?: string | null | undefined;
  /** One of these external ids, 1-1000. */
  readonly externalIds?: ReadonlyArray<string> | null | undefined;
  /** Metadata that contains this JSON object. */
  readonly metadata?: Record<string, unknown> | null | undefined;
  /** Part of the display name, an alias or the external id, whatever its case and accents. */
  readonly text?: string | null | undefined;
};

/** What to order by; what is equal is ordered by id, in the same direction. */
export type PersonOrderField =
  /** By when they were made known. */
  | 'CREATED_AT'
  /** By how many faces of theirs searches can find. */
  | 'FACE_COUNT'
  /** By display name, whatever its case and accents; of names that begin with the same 64 letters, by id. */
  | 'NAME';

/** How to order a list. */
export type PersonOrderInput = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** What to order by. */
  readonly field: PersonOrderField;
};

/** A point, as ratios of the upright image; less than 0 or more than 1 when a face is cut by the border. */
export type PointInput = {
  /** From the left, -1 to 2. */
  readonly x: number;
  /** From the top, -1 to 2. */
  readonly y: number;
};

/** A collection that others may look people up in. */
export type PublishGalleryInput = {
  /** The collection; it stays yours, and what you change in it is changed in the gallery. */
  readonly collectionId: string;
  /** What is in it, at most 4,096 characters. */
  readonly description?: string | null | undefined;
  /** What those who are granted it call it, 1-255 characters. */
  readonly name: string;
  /** Whether one face of a person who was recognized may be seen; not unless you say so. */
  readonly showsCovers?: boolean | null | undefined;
  /** Similarity 0-100, a whole number, below which nobody is named, whatever a search asks for; 95 when it is left out. */
  readonly similarityFloor?: number | null | undefined;
  /** Whose gallery; only for the operator, who must say it. */
  readonly tenantId?: string | null | undefined;
};

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

/** Which collection moves to which pack. */
export type ReembedCollectionInput = {
  /** true: faces that cannot be embedded, because their image is not stored any more, are left out of searches (UNINDEXED, with the reason NOT_REEMBEDDED). Otherwise the collection stays with its pack when there are any. Default: false. */
  readonly dropFacesWithoutImage?: boolean | null | undefined;
  /** The collection. */
  readonly id: string;
  /** name@version of a pack that modelPacks lists as calibrated, or a bare name: its newest version. */
  readonly modelPack: string;
};

/** How far a collection’s move to another pack has come. */
export type ReembeddingState =
  /** Its faces are being embedded; searches answer from the pack that it has. */
  | 'RUNNING'
  /** Cancelled or failed before the switch: nothing has changed for searches. */
  | 'STOPPED'
  /** Searches answer from the other pack. */
  | 'SWITCHED';

/** Faces that are not a person’s. */
export type RejectMatchInput = {
  /** 1-1000 faces of the person’s collection. */
  readonly faceIds: ReadonlyArray<string>;
  /** Whose they are not. */
  readonly personId: string;
};

/** Two different people. */
export type RejectMergeInput = {
  /** The other one. */
  readonly otherId: string;
  /** One of them. */
  readonly personId: string;
};

/** Which job to work on again. */
export type RetryJobInput = {
  /** The job. */
  readonly id: string;
  /** 1-1000 items of it that failed; all that failed otherwise. */
  readonly itemIds?: ReadonlyArray<string> | null | undefined;
};

/** Which key to end. */
export type RevokeApiKeyInput = {
  /** The key. */
  readonly id: string;
  /** Whose key; only for the operator, who must say it. */
  readonly tenantId?: string | null | undefined;
};

/** Which collection goes back to the pack that it had. */
export type RollBackReembeddingInput = {
  /** The collection. */
  readonly id: string;
};

/** Which key to replace. */
export type RotateApiKeyInput = {
  /** How long the old key works on, 0 seconds to 30 days; a day unless said. */
  readonly graceSeconds?: number;
  /** The key that is replaced. */
  readonly id: string;
  /** Whose key; only for the operator, who must say it. */
  readonly tenantId?: string | null | undefined;
};

/** Faces of a person that are somebody else’s. */
export type SplitPersonInput = {
  /** 1-1000 faces of that person. */
  readonly faceIds: ReadonlyArray<string>;
  /** Whose they are now. */
  readonly id: string;
  /** Whose they are in truth. */
  readonly into: NamePersonInput;
};

/** Which tenant to suspend. */
export type SuspendTenantInput = {
  /** The tenant. */
  readonly id: string;
};

/** The most of each that a tenant may hold; null: no limit. */
export type TenantLimitsInput = {
  /** Collections. */
  readonly maxCollections?: number | null | undefined;
  /** Faces over all collections. */
  readonly maxFaces?: number | null | undefined;
  /** Faces analysed an hour, in searches and enrolments; an image counts as one at least; 1,000,000 unless said. */
  readonly maxFacesAnalyzedHourly?: number | null | undefined;
  /** MB (1,048,576 bytes) of stored images over all collections; 51,200 unless said. */
  readonly maxImageMegabytes?: number | null | undefined;
  /** How much of each of these rates one key may take, in percent; 50 unless said. */
  readonly maxKeySharePercent?: number | null | undefined;
  /** How often an hour a key without READ may come near one person (verifications that fail, matches by less than 5 over the threshold); 100 unless said. */
  readonly maxNearMatchesHourly?: number | null | undefined;
  /** MB of uploads that are not used up or removed yet; 4,096 unless said. */
  readonly maxOpenUploadMegabytes?: number | null | undefined;
  /** Persons over all collections. */
  readonly maxPersons?: number | null | undefined;
  /** Distinct persons that a key without READ may name in an hour; 1,000 unless said. */
  readonly maxPersonsNamedHourly?: number | null | undefined;
  /** Searches, verifications and comparisons an hour, and at one moment; 100,000 unless said. */
  readonly maxSearchesHourly?: number | null | undefined;
  /** MB (1,048,576 bytes) sent to uploads an hour; 1,048,576 unless said. */
  readonly maxUploadMegabytesHourly?: number | null | undefined;
  /** Places for uploads given out an hour; 250,000 unless said. */
  readonly maxUploadsHourly?: number | null | undefined;
};

/** Whether a tenant may call. */
export type TenantStatus =
  /** Its keys work. */
  | 'ACTIVE'
  /** Its keys are revoked and its data is being removed. */
  | 'DELETING'
  /** Its keys are refused with FORBIDDEN, its signed addresses take and give nothing, and its jobs stand still; its data stays. */
  | 'SUSPENDED';

/** Where a search’s threshold came from. */
export type ThresholdSource =
  /** The gallery’s size and the collection’s `targetFpir`. */
  | 'AUTOMATIC'
  /** A collection’s `similarityThreshold`. */
  | 'COLLECTION'
  /** The request’s `threshold`. */
  | 'REQUEST';

/** Faces to take from whoever they are assigned to. */
export type UnassignFacesInput = {
  /** 1-1000 faces. */
  readonly faceIds: ReadonlyArray<string>;
};

/** An operation to take back. */
export type UndoInput = {
  /** The operation; an undo, to redo what it has undone. */
  readonly operationId: string;
  /** Leave what has changed since as it is and undo the rest, where it would be refused otherwise. */
  readonly partial?: boolean;
};

/** Why a change was not taken back. */
export type UndoSkipReason =
  /** Something else was said of it since. */
  | 'CHANGED_SINCE'
  /** It was deleted: that is final. */
  | 'DELETED'
  /** Another person of the collection has that external id now. */
  | 'EXTERNAL_ID_TAKEN'
  /** The person, who was made with the operation, has got other faces since; or the face, which was added with it, is somebody’s, is hidden or was said not to be somebody’s. */
  | 'IN_USE'
  /** Whose it was before has been merged, taken back or deleted since. */
  | 'PERSON_GONE'
  /** Another face of the image is where the face was. */
  | 'PLACE_TAKEN';

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
  /** It could not be embedded when its collection moved to another pack: its image was not stored any more. */
  | 'NOT_REEMBEDDED'
  /** Too few pixels. */
  | 'SMALL_BOUNDING_BOX';

/** Which gallery is published no longer. */
export type UnpublishGalleryInput = {
  /** Which one. */
  readonly id: string;
  /** Whose gallery; only for the operator, who must say it. */
  readonly tenantId?: string | null | undefined;
};

/** Changes of a collection; what is left out stays. */
export type UpdateCollectionInput = {
  /** What it is for, at most 1,000 characters. */
  readonly description?: string | null | undefined;
  /** The collection. */
  readonly id: string;
  /** 1-255 letters, digits, "_", "." or "-"; unique among your collections. */
  readonly name?: string | null | undefined;
  /** What an enrolled face must pass. */
  readonly qualityFilter?: QualityFilter | null | undefined;
  /** Days that its faces, images and persons without faces are kept, 1-36,500; null: without end. Older ones are out of every answer at once. */
  readonly retentionDays?: number | null | undefined;
  /** Similarity 0-100 that a search must reach; null: automatic. */
  readonly similarityThreshold?: number | null | undefined;
  /** Strangers let through by the automatic threshold. */
  readonly targetFpir?: number | null | undefined;
};

/** What changes of a gallery; what is left out stays. */
export type UpdateGalleryInput = {
  /** What is in it, at most 4,096 characters. */
  readonly description?: string | null | undefined;
  /** Which one. */
  readonly id: string;
  /** Its new name, 1-255 characters. */
  readonly name?: string | null | undefined;
  /** Whether one face of a recognized person may be seen. */
  readonly showsCovers?: boolean | null | undefined;
  /** Similarity 0-100, a whole number, below which nobody is named. */
  readonly similarityFloor?: number | null | undefined;
  /** Whose gallery; only for the operator, who must say it. */
  readonly tenantId?: string | null | undefined;
};

/** Changes of a person; what is left out stays. */
export type UpdatePersonInput = {
  /** Replaces their own aliases: at most 20 of 1-255 characters. */
  readonly aliases?: ReadonlyArray<string> | null | undefined;
  /** YYYY-MM-DD; null: not known. They are not suggested for photographs that were taken before. */
  readonly bornOn?: string | null | undefined;
  /** YYYY-MM-DD; null: they live, or it is not known. */
  readonly diedOn?: string | null | undefined;
  /** How people call them, 1-255 characters. */
  readonly displayName?: string | null | undefined;
  /** Your own id of them; null removes it. */
  readonly externalId?: string | null | undefined;
  /** The person. */
  readonly id: string;
  /** Replaces all metadata: a JSON object, at most 16 KB. */
  readonly metadata?: Record<string, unknown> | null | undefined;
};

/** What changes; what is left out stays. */
export type UpdateTenantInput = {
  /** The tenant. */
  readonly id: string;
  /** Limits to change; those left out stay. */
  readonly limits?: TenantLimitsInput | null | undefined;
  /** What people call it, 1-255 characters. */
  readonly name?: string | null | undefined;
  /** Whether confirmMatch needs another key than the one that searched. For a new tenant it does not. */
  readonly secondKeyConfirms?: boolean | null | undefined;
  /** ACTIVE resumes a suspended tenant. */
  readonly status?: TenantStatus | null | undefined;
  /** How large its turns are beside those of other tenants, 1-100. A new tenant has 1. */
  readonly weight?: number | null | undefined;
};

/** A file that will be sent. */
export type UploadFileInput = {
  /** Its exact size, 1 to 15,728,640. */
  readonly bytes: number;
  /** image/jpeg, image/png or image/webp; other names of JPEG (image/jpg, image/pjpeg) and parameters are understood. */
  readonly mime: string;
  /** Its SHA-256, hexadecimal; checked when the bytes come. */
  readonly sha256?: string | null | undefined;
};

/** What uploads are for. */
export type UploadPurpose =
  /** To be enrolled, or searched with. Needs the scope ENROLL. */
  | 'ENROLL'
  /** To be looked at by searches, comparisons and detections: never enrolled. Needs the scope SEARCH. */
  | 'SEARCH';

export type ApiKeyFieldsFragment = { readonly id: string, readonly keyId: string, readonly name: string, readonly scopes: ReadonlyArray<ApiKeyScope>, readonly isTest: boolean, readonly collectionIds: ReadonlyArray<string> | null, readonly allowedNetworks: ReadonlyArray<string> | null, readonly createdAt: string, readonly expiresAt: string | null, readonly lastUsedAt: string | null, readonly revokedAt: string | null };

export type ApiKeysQueryVariables = Exact<{
  tenantId?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  withTotal?: boolean;
}>;


export type ApiKeysQuery = { readonly apiKeys: { readonly totalCount?: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly keyId: string, readonly name: string, readonly scopes: ReadonlyArray<ApiKeyScope>, readonly isTest: boolean, readonly collectionIds: ReadonlyArray<string> | null, readonly allowedNetworks: ReadonlyArray<string> | null, readonly createdAt: string, readonly expiresAt: string | null, readonly lastUsedAt: string | null, readonly revokedAt: string | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateApiKeyMutation = { readonly createApiKey: { readonly secret: string, readonly apiKey: { readonly id: string, readonly keyId: string, readonly name: string, readonly scopes: ReadonlyArray<ApiKeyScope>, readonly isTest: boolean, readonly collectionIds: ReadonlyArray<string> | null, readonly allowedNetworks: ReadonlyArray<string> | null, readonly createdAt: string, readonly expiresAt: string | null, readonly lastUsedAt: string | null, readonly revokedAt: string | null } } };

export type RotateApiKeyMutationVariables = Exact<{
  input: RotateApiKeyInput;
}>;


export type RotateApiKeyMutation = { readonly rotateApiKey: { readonly secret: string, readonly apiKey: { readonly id: string, readonly keyId: string, readonly name: string, readonly scopes: ReadonlyArray<ApiKeyScope>, readonly isTest: boolean, readonly collectionIds: ReadonlyArray<string> | null, readonly allowedNetworks: ReadonlyArray<string> | null, readonly createdAt: string, readonly expiresAt: string | null, readonly lastUsedAt: string | null, readonly revokedAt: string | null } } };

export type RevokeApiKeyMutationVariables = Exact<{
  input: RevokeApiKeyInput;
}>;


export type RevokeApiKeyMutation = { readonly revokeApiKey: { readonly apiKey: { readonly id: string, readonly keyId: string, readonly name: string, readonly scopes: ReadonlyArray<ApiKeyScope>, readonly isTest: boolean, readonly collectionIds: ReadonlyArray<string> | null, readonly allowedNetworks: ReadonlyArray<string> | null, readonly createdAt: string, readonly expiresAt: string | null, readonly lastUsedAt: string | null, readonly revokedAt: string | null } } };

export type AuditEntryFieldsFragment = { readonly id: string, readonly seq: string, readonly isErased: boolean, readonly at: string, readonly startedAt: string | null, readonly operation: string | null, readonly by: AuditParty | null, readonly apiKeyId: string | null, readonly actor: string | null, readonly address: string | null, readonly requestId: string | null, readonly collectionIds: ReadonlyArray<string>, readonly subjectIds: ReadonlyArray<string>, readonly subjectCount: number, readonly probes: ReadonlyArray<string>, readonly results: number | null, readonly details: Record<string, unknown>, readonly commitment: string, readonly chain: string, readonly salt: string | null, readonly content: string | null };

export type AuditLogQueryVariables = Exact<{
  filter?: AuditEntryFilterInput | null | undefined;
  orderBy?: AuditEntryOrderInput | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  withTotal?: boolean;
}>;


export type AuditLogQuery = { readonly auditLog: { readonly totalCount?: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly seq: string, readonly isErased: boolean, readonly at: string, readonly startedAt: string | null, readonly operation: string | null, readonly by: AuditParty | null, readonly apiKeyId: string | null, readonly actor: string | null, readonly address: string | null, readonly requestId: string | null, readonly collectionIds: ReadonlyArray<string>, readonly subjectIds: ReadonlyArray<string>, readonly subjectCount: number, readonly probes: ReadonlyArray<string>, readonly results: number | null, readonly details: Record<string, unknown>, readonly commitment: string, readonly chain: string, readonly salt: string | null, readonly content: string | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type AuditCheckpointQueryVariables = Exact<{ [key: string]: never; }>;


export type AuditCheckpointQuery = { readonly auditCheckpoint: { readonly version: number, readonly tenantId: string, readonly seq: string, readonly chain: string, readonly at: string, readonly keyId: string, readonly publicKey: string, readonly signature: string } };

export type ConfirmMatchMutationVariables = Exact<{
  input: ConfirmMatchInput;
}>;


export type ConfirmMatchMutation = { readonly confirmMatch: { readonly confirmationId: string } };

export type ClassifiersQueryVariables = Exact<{ [key: string]: never; }>;


export type ClassifiersQuery = { readonly classifiers: ReadonlyArray<{ readonly id: string, readonly name: string, readonly version: string, readonly description: string, readonly labels: ReadonlyArray<string>, readonly licence: string, readonly commercialUse: boolean }> };

export type ClassifyImageQueryVariables = Exact<{
  image: ImageInput;
  model: string;
  top?: number;
}>;


export type ClassifyImageQuery = { readonly classifyImage: { readonly width: number, readonly height: number, readonly firstFrameOnly: boolean, readonly labels: ReadonlyArray<{ readonly label: string, readonly confidence: number }>, readonly classifier: { readonly id: string }, readonly timings: { readonly decodeMs: number, readonly netMs: number, readonly totalMs: number } } };

export type CollectionFieldsFragment = { readonly id: string, readonly name: string, readonly description: string, readonly modelPackId: string, readonly similarityThreshold: number | null, readonly targetFpir: number, readonly qualityFilter: QualityFilter, readonly retentionDays: number | null, readonly faceCount: number, readonly personCount: number, readonly createdAt: string, readonly updatedAt: string };

export type CollectionsQueryVariables = Exact<{
  filter?: CollectionFilterInput | null | undefined;
  orderBy?: CollectionOrderInput | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  withTotal?: boolean;
}>;


export type CollectionsQuery = { readonly collections: { readonly totalCount?: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string, readonly description: string, readonly modelPackId: string, readonly similarityThreshold: number | null, readonly targetFpir: number, readonly qualityFilter: QualityFilter, readonly retentionDays: number | null, readonly faceCount: number, readonly personCount: number, readonly createdAt: string, readonly updatedAt: string }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type CollectionQueryVariables = Exact<{
  id?: string | null | undefined;
  name?: string | null | undefined;
}>;


export type CollectionQuery = { readonly collection: { readonly id: string, readonly name: string, readonly description: string, readonly modelPackId: string, readonly similarityThreshold: number | null, readonly targetFpir: number, readonly qualityFilter: QualityFilter, readonly retentionDays: number | null, readonly faceCount: number, readonly personCount: number, readonly createdAt: string, readonly updatedAt: string } | null };

export type CreateCollectionMutationVariables = Exact<{
  input: CreateCollectionInput;
}>;


export type CreateCollectionMutation = { readonly createCollection: { readonly collection: { readonly id: string, readonly name: string, readonly description: string, readonly modelPackId: string, readonly similarityThreshold: number | null, readonly targetFpir: number, readonly qualityFilter: QualityFilter, readonly retentionDays: number | null, readonly faceCount: number, readonly personCount: number, readonly createdAt: string, readonly updatedAt: string } } };

export type UpdateCollectionMutationVariables = Exact<{
  input: UpdateCollectionInput;
}>;


export type UpdateCollectionMutation = { readonly updateCollection: { readonly collection: { readonly id: string, readonly name: string, readonly description: string, readonly modelPackId: string, readonly similarityThreshold: number | null, readonly targetFpir: number, readonly qualityFilter: QualityFilter, readonly retentionDays: number | null, readonly faceCount: number, readonly personCount: number, readonly createdAt: string, readonly updatedAt: string } } };

export type DeleteCollectionMutationVariables = Exact<{
  input: DeleteCollectionInput;
}>;


export type DeleteCollectionMutation = { readonly deleteCollection: { readonly deletedCollectionId: string, readonly jobId: string } };

export type ReembeddingFieldsFragment = { readonly id: string, readonly modelPackId: string, readonly reembedding: { readonly jobId: string, readonly sourcePackId: string, readonly targetPackId: string, readonly state: ReembeddingState, readonly startedAt: string, readonly endedAt: string | null, readonly canRollBackUntil: string | null } | null, readonly newerPack: { readonly id: string, readonly description: string } | null };

export type CollectionReembeddingQueryVariables = Exact<{
  id: string;
}>;


export type CollectionReembeddingQuery = { readonly collection: { readonly id: string, readonly modelPackId: string, readonly reembedding: { readonly jobId: string, readonly sourcePackId: string, readonly targetPackId: string, readonly state: ReembeddingState, readonly startedAt: string, readonly endedAt: string | null, readonly canRollBackUntil: string | null } | null, readonly newerPack: { readonly id: string, readonly description: string } | null } | null };

export type ReembedCollectionMutationVariables = Exact<{
  input: ReembedCollectionInput;
}>;


export type ReembedCollectionMutation = { readonly reembedCollection: { readonly job: { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly done: number, readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null } } };

export type RollBackReembeddingMutationVariables = Exact<{
  input: RollBackReembeddingInput;
}>;


export type RollBackReembeddingMutation = { readonly rollBackReembedding: { readonly job: { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly done: number, readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null } } };

export type FinishReembeddingMutationVariables = Exact<{
  input: FinishReembeddingInput;
}>;


export type FinishReembeddingMutation = { readonly finishReembedding: { readonly collection: { readonly id: string, readonly name: string, readonly description: string, readonly modelPackId: string, readonly similarityThreshold: number | null, readonly targetFpir: number, readonly qualityFilter: QualityFilter, readonly retentionDays: number | null, readonly faceCount: number, readonly personCount: number, readonly createdAt: string, readonly updatedAt: string } } };

export type OperationFieldsFragment = { readonly id: string, readonly collectionId: string, readonly kind: OperationKind, readonly revertsId: string | null, readonly revertedById: string | null, readonly personIds: ReadonlyArray<string>, readonly faceCount: number, readonly createdAt: string };

export type CurationWarningFieldsFragment = { readonly code: CurationWarningCode, readonly message: string, readonly faceIds: ReadonlyArray<string>, readonly imageIds: ReadonlyArray<string> };

export type OperationsQueryVariables = Exact<{
  collectionId: string;
  filter?: OperationFilterInput | null | undefined;
  orderBy?: OperationOrderInput | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  withTotal?: boolean;
}>;


export type OperationsQuery = { readonly operations: { readonly totalCount?: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly kind: OperationKind, readonly revertsId: string | null, readonly revertedById: string | null, readonly personIds: ReadonlyArray<string>, readonly faceCount: number, readonly createdAt: string }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type OperationQueryVariables = Exact<{
  id: string;
}>;


export type OperationQuery = { readonly operation: { readonly id: string, readonly collectionId: string, readonly kind: OperationKind, readonly revertsId: string | null, readonly revertedById: string | null, readonly personIds: ReadonlyArray<string>, readonly faceCount: number, readonly createdAt: string, readonly changes: ReadonlyArray<{ readonly entity: ChangedEntity, readonly id: string, readonly otherId: string | null, readonly field: string, readonly before: Record<string, unknown>, readonly after: Record<string, unknown> }> } | null };

export type MergePreviewQueryVariables = Exact<{
  intoId: string;
  personIds: ReadonlyArray<string> | string;
}>;


export type MergePreviewQuery = { readonly mergePreview: { readonly faceCount: number, readonly warnings: ReadonlyArray<{ readonly code: CurationWarningCode, readonly message: string, readonly faceIds: ReadonlyArray<string>, readonly imageIds: ReadonlyArray<string> }> } };

export type MergePersonsMutationVariables = Exact<{
  input: MergePersonsInput;
}>;


export type MergePersonsMutation = { readonly mergePersons: { readonly faceCount: number, readonly warnings: ReadonlyArray<{ readonly code: CurationWarningCode, readonly message: string, readonly faceIds: ReadonlyArray<string>, readonly imageIds: ReadonlyArray<string> }>, readonly person: { readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string }, readonly operation: { readonly id: string, readonly collectionId: string, readonly kind: OperationKind, readonly revertsId: string | null, readonly revertedById: string | null, readonly personIds: ReadonlyArray<string>, readonly faceCount: number, readonly createdAt: string } } };

export type AddFaceMutationVariables = Exact<{
  input: AddFaceInput;
}>;


export type AddFaceMutation = { readonly addFace: { readonly face: { readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }, readonly operation: { readonly id: string, readonly collectionId: string, readonly kind: OperationKind, readonly revertsId: string | null, readonly revertedById: string | null, readonly personIds: ReadonlyArray<string>, readonly faceCount: number, readonly createdAt: string } } };

export type SplitPersonMutationVariables = Exact<{
  input: SplitPersonInput;
}>;


export type SplitPersonMutation = { readonly splitPerson: { readonly operationId: string | null, readonly warnings: ReadonlyArray<{ readonly code: CurationWarningCode, readonly message: string, readonly faceIds: ReadonlyArray<string>, readonly imageIds: ReadonlyArray<string> }>, readonly person: { readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string }, readonly faces: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }> } };

export type NameFacesMutationVariables = Exact<{
  input: NameFacesInput;
}>;


export type NameFacesMutation = { readonly nameFaces: { readonly operationId: string | null, readonly warnings: ReadonlyArray<{ readonly code: CurationWarningCode, readonly message: string, readonly faceIds: ReadonlyArray<string>, readonly imageIds: ReadonlyArray<string> }>, readonly person: { readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string }, readonly faces: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }> } };

export type HideFacesMutationVariables = Exact<{
  input: HideFacesInput;
}>;


export type HideFacesMutation = { readonly hideFaces: { readonly operationIds: ReadonlyArray<string>, readonly faces: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }> } };

export type RejectMatchMutationVariables = Exact<{
  input: RejectMatchInput;
}>;


export type RejectMatchMutation = { readonly rejectMatch: { readonly operationId: string | null, readonly faces: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }> } };

export type RejectMergeMutationVariables = Exact<{
  input: RejectMergeInput;
}>;


export type RejectMergeMutation = { readonly rejectMerge: { readonly operationId: string | null } };

export type UndoMutationVariables = Exact<{
  input: UndoInput;
}>;


export type UndoMutation = { readonly undo: { readonly operation: { readonly id: string, readonly collectionId: string, readonly kind: OperationKind, readonly revertsId: string | null, readonly revertedById: string | null, readonly personIds: ReadonlyArray<string>, readonly faceCount: number, readonly createdAt: string }, readonly skipped: ReadonlyArray<{ readonly entity: ChangedEntity, readonly id: string, readonly otherId: string | null, readonly field: string, readonly reason: UndoSkipReason, readonly operationId: string | null }> } };

export type EventFieldsFragment = { readonly cursor: string, readonly type: EventType, readonly createdAt: string, readonly collectionId: string | null, readonly jobId: string | null, readonly payload: Record<string, unknown> };

export type JobUpdatedSubscriptionVariables = Exact<{
  jobId: string;
  after?: string | null | undefined;
}>;


export type JobUpdatedSubscription = { readonly jobUpdated: { readonly cursor: string, readonly type: EventType, readonly createdAt: string, readonly collectionId: string | null, readonly jobId: string | null, readonly payload: Record<string, unknown>, readonly job: { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly done: number, readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null } | null } };

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

export type BoxFieldsFragment = { readonly left: number, readonly top: number, readonly width: number, readonly height: number };

export type QualityFieldsFragment = { readonly score: number, readonly brightness: number, readonly sharpness: number };

export type PoseFieldsFragment = { readonly yaw: number, readonly pitch: number, readonly roll: number };

export type FaceFieldsFragment = { readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } };

export type FacesQueryVariables = Exact<{
  filter?: FaceFilterInput | null | undefined;
  orderBy?: FaceOrderInput | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  withTotal?: boolean;
}>;


export type FacesQuery = { readonly faces: { readonly totalCount?: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type FaceQueryVariables = Exact<{
  id: string;
}>;


export type FaceQuery = { readonly face: { readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } } | null };

export type AssignFacesMutationVariables = Exact<{
  input: AssignFacesInput;
}>;


export type AssignFacesMutation = { readonly assignFaces: { readonly operationId: string | null, readonly faces: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }> } };

export type UnassignFacesMutationVariables = Exact<{
  input: UnassignFacesInput;
}>;


export type UnassignFacesMutation = { readonly unassignFaces: { readonly operationIds: ReadonlyArray<string>, readonly faces: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }> } };

export type DeleteFacesMutationVariables = Exact<{
  input: DeleteFacesInput;
}>;


export type DeleteFacesMutation = { readonly deleteFaces: { readonly deletedFaceIds: ReadonlyArray<string>, readonly jobId: string | null } };

export type AuditGalleryQueryVariables = Exact<{
  collectionId: string;
  afterPersonId?: string | null | undefined;
  limit?: number;
}>;


export type AuditGalleryQuery = { readonly auditGallery: { readonly facesLookedAt: number, readonly personsLookedAt: number, readonly lastPersonId: string | null, readonly isCut: boolean, readonly doubted: ReadonlyArray<{ readonly reason: DoubtReason, readonly score: number, readonly ownSimilarity: number, readonly face: { readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }, readonly person: { readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string }, readonly better: { readonly similarity: number, readonly person: { readonly id: string, readonly displayName: string } } | null }> } };

export type FindDuplicatePersonsQueryVariables = Exact<{
  collectionId: string;
  minSimilarity?: number | null | undefined;
  afterPersonId?: string | null | undefined;
  limit?: number;
}>;


export type FindDuplicatePersonsQuery = { readonly findDuplicatePersons: { readonly minSimilarity: number, readonly personsLookedAt: number, readonly lastPersonId: string | null, readonly isCut: boolean, readonly hasMorePairs: boolean, readonly pairs: ReadonlyArray<{ readonly similarity: number, readonly sharedImageIds: ReadonlyArray<string>, readonly persons: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string }> }> } };

export type ClusterFacesQueryVariables = Exact<{
  collectionId: string;
  scope?: ClusterScope;
  minSimilarity?: number | null | undefined;
  olderThanFaceId?: string | null | undefined;
}>;


export type ClusterFacesQuery = { readonly clusterFaces: { readonly messyGroup: ReadonlyArray<string>, readonly minSimilarity: number, readonly facesLookedAt: number, readonly maxFaces: number, readonly oldestFaceId: string | null, readonly isCut: boolean, readonly groups: ReadonlyArray<{ readonly size: number, readonly faceIds: ReadonlyArray<string>, readonly faces: ReadonlyArray<{ readonly id: string, readonly cropUrl: string, readonly image: { readonly id: string } }>, readonly nearest: { readonly similarity: number, readonly person: { readonly id: string, readonly displayName: string } } | null }> } };

export type SuggestionsQueryVariables = Exact<{
  collectionId: string;
  minSimilarity?: number;
  limit?: number;
}>;


export type SuggestionsQuery = { readonly suggestions: ReadonlyArray<{ readonly similarity: number, readonly face: { readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }, readonly person: { readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string } }> };

export type ImageFieldsFragment = { readonly id: string, readonly collectionId: string, readonly mime: string, readonly width: number, readonly height: number, readonly bytes: number, readonly sha256: string, readonly firstFrameOnly: boolean, readonly takenAt: string | null, readonly createdAt: string, readonly url: string };

export type ImageQueryVariables = Exact<{
  id: string;
}>;


export type ImageQuery = { readonly image: { readonly id: string, readonly collectionId: string, readonly mime: string, readonly width: number, readonly height: number, readonly bytes: number, readonly sha256: string, readonly firstFrameOnly: boolean, readonly takenAt: string | null, readonly createdAt: string, readonly url: string, readonly faces: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }> } } | null };

export type ImagesQueryVariables = Exact<{
  collectionId: string;
  filter?: ImageFilterInput | null | undefined;
  orderBy?: ImageOrderInput | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type ImagesQuery = { readonly images: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly mime: string, readonly width: number, readonly height: number, readonly bytes: number, readonly sha256: string, readonly firstFrameOnly: boolean, readonly takenAt: string | null, readonly createdAt: string, readonly url: string }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type JobFieldsFragment = { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly done: number, readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null };

export type JobItemFieldsFragment = { readonly id: string, readonly ordinal: number, readonly state: JobItemState, readonly externalImageId: string | null, readonly duplicate: boolean, readonly knownElsewhere: { readonly personId: string, readonly similarity: number } | null, readonly image: { readonly id: string } | null, readonly faceRecords: ReadonlyArray<{ readonly id: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null }>, readonly unindexedFaces: ReadonlyArray<{ readonly reasons: ReadonlyArray<UnindexedReason>, readonly face: { readonly id: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number } } }>, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null };

export type JobQueryVariables = Exact<{
  id: string;
}>;


export type JobQuery = { readonly job: { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly done: number, readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null } | null };

export type JobItemsQueryVariables = Exact<{
  jobId: string;
  filter?: JobItemFilterInput | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  withTotal?: boolean;
}>;


export type JobItemsQuery = { readonly job: { readonly items: { readonly totalCount?: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly ordinal: number, readonly state: JobItemState, readonly externalImageId: string | null, readonly duplicate: boolean, readonly knownElsewhere: { readonly personId: string, readonly similarity: number } | null, readonly image: { readonly id: string } | null, readonly faceRecords: ReadonlyArray<{ readonly id: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null }>, readonly unindexedFaces: ReadonlyArray<{ readonly reasons: ReadonlyArray<UnindexedReason>, readonly face: { readonly id: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number } } }>, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } } | null };

export type EnrollFacesMutationVariables = Exact<{
  input: EnrollFacesInput;
}>;


export type EnrollFacesMutation = { readonly enrollFaces: { readonly job: { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly done: number, readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null } } };

export type JobsQueryVariables = Exact<{
  filter?: JobFilterInput | null | undefined;
  orderBy?: JobOrderInput | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  withTotal?: boolean;
}>;


export type JobsQuery = { readonly jobs: { readonly totalCount?: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly done: number, readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type CancelJobMutationVariables = Exact<{
  input: CancelJobInput;
}>;


export type CancelJobMutation = { readonly cancelJob: { readonly job: { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly done: number, readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null } } };

export type RetryJobMutationVariables = Exact<{
  input: RetryJobInput;
}>;


export type RetryJobMutation = { readonly retryJob: { readonly job: { readonly id: string, readonly kind: JobKind, readonly state: JobState, readonly collectionId: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly cancelRequestedAt: string | null, readonly progress: { readonly done: number, readonly indexed: number, readonly unindexed: number, readonly failed: number, readonly cancelled: number, readonly pending: number, readonly total: number }, readonly error: { readonly code: ErrorCode, readonly message: string, readonly details: Record<string, unknown> | null } | null } } };

export type PlacedFaceFieldsFragment = { readonly id: string, readonly state: FaceState, readonly confidence: number, readonly hiddenAs: FaceHiddenAs | null, readonly externalImageId: string | null, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly landmarks: { readonly eyeLeft: { readonly x: number, readonly y: number }, readonly eyeRight: { readonly x: number, readonly y: number }, readonly nose: { readonly x: number, readonly y: number }, readonly mouthLeft: { readonly x: number, readonly y: number }, readonly mouthRight: { readonly x: number, readonly y: number } }, readonly person: { readonly id: string, readonly displayName: string } | null };

export type ImagesWithFacesQueryVariables = Exact<{
  collectionId: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
  faces: number;
}>;


export type ImagesWithFacesQuery = { readonly images: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly mime: string, readonly width: number, readonly height: number, readonly bytes: number, readonly sha256: string, readonly firstFrameOnly: boolean, readonly takenAt: string | null, readonly createdAt: string, readonly url: string, readonly faces: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly state: FaceState, readonly confidence: number, readonly hiddenAs: FaceHiddenAs | null, readonly externalImageId: string | null, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly landmarks: { readonly eyeLeft: { readonly x: number, readonly y: number }, readonly eyeRight: { readonly x: number, readonly y: number }, readonly nose: { readonly x: number, readonly y: number }, readonly mouthLeft: { readonly x: number, readonly y: number }, readonly mouthRight: { readonly x: number, readonly y: number } }, readonly person: { readonly id: string, readonly displayName: string } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type FacesOfImageQueryVariables = Exact<{
  id: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type FacesOfImageQuery = { readonly image: { readonly faces: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly state: FaceState, readonly confidence: number, readonly hiddenAs: FaceHiddenAs | null, readonly externalImageId: string | null, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly landmarks: { readonly eyeLeft: { readonly x: number, readonly y: number }, readonly eyeRight: { readonly x: number, readonly y: number }, readonly nose: { readonly x: number, readonly y: number }, readonly mouthLeft: { readonly x: number, readonly y: number }, readonly mouthRight: { readonly x: number, readonly y: number } }, readonly person: { readonly id: string, readonly displayName: string } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } } | null };

export type PageFieldsFragment = { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null };

export type PeopleQueryVariables = Exact<{
  collectionId: string;
  filter?: PersonFilterInput | null | undefined;
  orderBy?: PersonOrderInput | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  startAt?: string | null | undefined;
  withTotal?: boolean;
}>;


export type PeopleQuery = { readonly persons: { readonly totalCount?: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string, readonly faces: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly cropUrl: string }> } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type PersonFacesQueryVariables = Exact<{
  id: string;
  first?: number;
  after?: string | null | undefined;
  orderBy?: FaceOrderInput | null | undefined;
}>;


export type PersonFacesQuery = { readonly person: { readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string, readonly cover: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly cropUrl: string }> }, readonly faces: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly state: FaceState, readonly reasons: ReadonlyArray<UnindexedReason>, readonly externalImageId: string | null, readonly assignedBy: FaceAssigner | null, readonly hiddenAs: FaceHiddenAs | null, readonly confidence: number, readonly createdAt: string, readonly cropUrl: string, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number }, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly image: { readonly id: string } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } } | null };

export type CollectionCountsQueryVariables = Exact<{
  id: string;
}>;


export type CollectionCountsQuery = { readonly collection: { readonly unassignedFaceCount: number, readonly unindexedFaceCount: number, readonly id: string, readonly name: string, readonly description: string, readonly modelPackId: string, readonly similarityThreshold: number | null, readonly targetFpir: number, readonly qualityFilter: QualityFilter, readonly retentionDays: number | null, readonly faceCount: number, readonly personCount: number, readonly createdAt: string, readonly updatedAt: string } | null };

export type AccountQueryVariables = Exact<{ [key: string]: never; }>;


export type AccountQuery = { readonly viewer: { readonly keyName: string, readonly scopes: ReadonlyArray<ApiKeyScope>, readonly limits: { readonly maxCollections: number | null, readonly maxPersons: number | null, readonly maxFaces: number | null, readonly maxImageMegabytes: number | null } | null, readonly usage: { readonly collections: number, readonly persons: number, readonly faces: number, readonly imageMegabytes: number } | null } };

export type PersonFieldsFragment = { readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string };

export type PersonsQueryVariables = Exact<{
  collectionId: string;
  filter?: PersonFilterInput | null | undefined;
  orderBy?: PersonOrderInput | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  startAt?: string | null | undefined;
  withTotal?: boolean;
}>;


export type PersonsQuery = { readonly persons: { readonly totalCount?: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type PersonQueryVariables = Exact<{
  id: string;
}>;


export type PersonQuery = { readonly person: { readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string } | null };

export type CreatePersonMutationVariables = Exact<{
  input: CreatePersonInput;
}>;


export type CreatePersonMutation = { readonly createPerson: { readonly person: { readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string } } };

export type UpdatePersonMutationVariables = Exact<{
  input: UpdatePersonInput;
}>;


export type UpdatePersonMutation = { readonly updatePerson: { readonly operationId: string | null, readonly person: { readonly id: string, readonly collectionId: string, readonly displayName: string, readonly externalId: string | null, readonly metadata: Record<string, unknown>, readonly aliases: ReadonlyArray<string>, readonly bornOn: string | null, readonly diedOn: string | null, readonly faceCount: number, readonly createdAt: string, readonly updatedAt: string } } };

export type DeletePersonsMutationVariables = Exact<{
  input: DeletePersonsInput;
}>;


export type DeletePersonsMutation = { readonly deletePersons: { readonly deletedPersonIds: ReadonlyArray<string>, readonly jobId: string | null } };

export type DetectedFaceFieldsFragment = { readonly confidence: number, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number } };

export type MatchedFaceFieldsFragment = { readonly id: string, readonly cropUrl: string };

export type DetectFacesQueryVariables = Exact<{
  image: ImageInput;
  maxFaces?: number;
  modelPack?: string | null | undefined;
}>;


export type DetectFacesQuery = { readonly detectFaces: { readonly width: number, readonly height: number, readonly firstFrameOnly: boolean, readonly faces: ReadonlyArray<{ readonly confidence: number, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number } }> } };

export type CompareFacesQueryVariables = Exact<{
  source: ImageInput;
  target: ImageInput;
  qualityFilter?: QualityFilter;
  modelPack?: string | null | undefined;
}>;


export type CompareFacesQuery = { readonly compareFaces: { readonly isAmbiguous: boolean, readonly threshold: number | null, readonly source: { readonly confidence: number, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number } }, readonly faces: ReadonlyArray<{ readonly isMatch: boolean | null, readonly similarity: number | null, readonly distance: number, readonly face: { readonly confidence: number, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number } } }>, readonly operatingPoints: ReadonlyArray<{ readonly falseMatchRate: number, readonly similarity: number, readonly distance: number }> } };

export type VerifyPersonQueryVariables = Exact<{
  personId: string;
  image: ImageInput;
}>;


export type VerifyPersonQuery = { readonly verifyPerson: { readonly isMatch: boolean, readonly isAmbiguous: boolean, readonly similarity: number | null, readonly distance: number | null, readonly threshold: number, readonly estimatedFmr: number, readonly probe: { readonly confidence: number, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number } }, readonly face: { readonly id: string, readonly cropUrl: string } | null } };

export type SearchFacesQueryVariables = Exact<{
  collectionIds: ReadonlyArray<string> | string;
  image?: ImageInput | null | undefined;
  images?: ReadonlyArray<ImageInput> | ImageInput | null | undefined;
  onAmbiguous?: OnAmbiguous | null | undefined;
  faceId?: string | null | undefined;
  personId?: string | null | undefined;
  filter?: PersonFilterInput | null | undefined;
  threshold?: number | null | undefined;
  limit?: number;
  qualityFilter?: QualityFilter | null | undefined;
}>;


export type SearchFacesQuery = { readonly searchFaces: { readonly threshold: number, readonly thresholdSource: ThresholdSource, readonly estimatedFpir: number, readonly gallerySize: number, readonly firstFrameOnly: boolean, readonly modelPack: { readonly id: string }, readonly timings: { readonly totalMs: number }, readonly probes: ReadonlyArray<{ readonly confidence: number, readonly reasons: ReadonlyArray<UnindexedReason>, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly fusedFaces: ReadonlyArray<{ readonly confidence: number, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number } }>, readonly matches: ReadonlyArray<{ readonly similarity: number, readonly distance: number, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null, readonly face: { readonly id: string, readonly cropUrl: string }, readonly supportingFaces: ReadonlyArray<{ readonly similarity: number, readonly face: { readonly id: string, readonly cropUrl: string } }> }> }> } };

export type SearchFacesBriefQueryVariables = Exact<{
  collectionIds: ReadonlyArray<string> | string;
  image?: ImageInput | null | undefined;
  images?: ReadonlyArray<ImageInput> | ImageInput | null | undefined;
  onAmbiguous?: OnAmbiguous | null | undefined;
  threshold?: number | null | undefined;
  limit?: number;
  qualityFilter?: QualityFilter | null | undefined;
}>;


export type SearchFacesBriefQuery = { readonly searchFaces: { readonly threshold: number, readonly firstFrameOnly: boolean, readonly probes: ReadonlyArray<{ readonly confidence: number, readonly reasons: ReadonlyArray<UnindexedReason>, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly matches: ReadonlyArray<{ readonly similarity: number, readonly person: { readonly id: string, readonly externalId: string | null, readonly displayName: string } | null }> }> } };

export type VerifyPersonBriefQueryVariables = Exact<{
  personId: string;
  image: ImageInput;
}>;


export type VerifyPersonBriefQuery = { readonly verifyPerson: { readonly isMatch: boolean, readonly isAmbiguous: boolean, readonly similarity: number | null, readonly threshold: number, readonly probe: { readonly confidence: number, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }, readonly quality: { readonly score: number, readonly brightness: number, readonly sharpness: number }, readonly pose: { readonly yaw: number, readonly pitch: number, readonly roll: number } } } };

export type GalleryFieldsFragment = { readonly id: string, readonly collectionId: string, readonly name: string, readonly description: string, readonly similarityFloor: number, readonly showsCovers: boolean, readonly createdAt: string, readonly updatedAt: string };

export type GalleryGrantFieldsFragment = { readonly id: string, readonly galleryId: string, readonly granteeTenantId: string, readonly label: string, readonly createdAt: string, readonly endedAt: string | null, readonly endedBy: GrantEnder | null };

export type GrantedGalleryFieldsFragment = { readonly id: string, readonly name: string, readonly description: string, readonly similarityFloor: number, readonly showsCovers: boolean, readonly grantedAt: string };

export type GalleriesQueryVariables = Exact<{
  tenantId?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type GalleriesQuery = { readonly galleries: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly collectionId: string, readonly name: string, readonly description: string, readonly similarityFloor: number, readonly showsCovers: boolean, readonly createdAt: string, readonly updatedAt: string }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type GalleryGrantsQueryVariables = Exact<{
  galleryId: string;
  tenantId?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type GalleryGrantsQuery = { readonly galleryGrants: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly galleryId: string, readonly granteeTenantId: string, readonly label: string, readonly createdAt: string, readonly endedAt: string | null, readonly endedBy: GrantEnder | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type GrantedGalleriesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type GrantedGalleriesQuery = { readonly grantedGalleries: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string, readonly description: string, readonly similarityFloor: number, readonly showsCovers: boolean, readonly grantedAt: string }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type PublishGalleryMutationVariables = Exact<{
  input: PublishGalleryInput;
}>;


export type PublishGalleryMutation = { readonly publishGallery: { readonly gallery: { readonly id: string, readonly collectionId: string, readonly name: string, readonly description: string, readonly similarityFloor: number, readonly showsCovers: boolean, readonly createdAt: string, readonly updatedAt: string } } };

export type UpdateGalleryMutationVariables = Exact<{
  input: UpdateGalleryInput;
}>;


export type UpdateGalleryMutation = { readonly updateGallery: { readonly gallery: { readonly id: string, readonly collectionId: string, readonly name: string, readonly description: string, readonly similarityFloor: number, readonly showsCovers: boolean, readonly createdAt: string, readonly updatedAt: string } } };

export type UnpublishGalleryMutationVariables = Exact<{
  input: UnpublishGalleryInput;
}>;


export type UnpublishGalleryMutation = { readonly unpublishGallery: { readonly unpublishedGalleryId: string } };

export type GrantGalleryMutationVariables = Exact<{
  input: GrantGalleryInput;
}>;


export type GrantGalleryMutation = { readonly grantGallery: { readonly grant: { readonly id: string, readonly galleryId: string, readonly granteeTenantId: string, readonly label: string, readonly createdAt: string, readonly endedAt: string | null, readonly endedBy: GrantEnder | null } } };

export type EndGalleryGrantMutationVariables = Exact<{
  input: EndGalleryGrantInput;
}>;


export type EndGalleryGrantMutation = { readonly endGalleryGrant: { readonly endedGrantId: string } };

export type RecognizeCelebritiesQueryVariables = Exact<{
  image: ImageInput;
  galleryIds: ReadonlyArray<string> | string;
  minSimilarity?: number;
  qualityFilter?: QualityFilter;
}>;


export type RecognizeCelebritiesQuery = { readonly recognizeCelebrities: { readonly searchId: string, readonly firstFrameOnly: boolean, readonly celebrityFaces: ReadonlyArray<{ readonly id: string, readonly galleryId: string, readonly name: string, readonly urls: ReadonlyArray<string>, readonly knownFor: string | null, readonly similarity: number, readonly coverUrl: string | null, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number } }>, readonly unrecognizedFaces: ReadonlyArray<{ readonly reasons: ReadonlyArray<UnindexedReason>, readonly boundingBox: { readonly left: number, readonly top: number, readonly width: number, readonly height: number } }> } };

export type TenantFieldsFragment = { readonly id: string, readonly name: string, readonly status: TenantStatus, readonly createdAt: string, readonly updatedAt: string, readonly limits: { readonly maxCollections: number | null, readonly maxPersons: number | null, readonly maxFaces: number | null, readonly maxImageMegabytes: number | null, readonly maxOpenUploadMegabytes: number | null, readonly maxSearchesHourly: number | null, readonly maxFacesAnalyzedHourly: number | null, readonly maxUploadsHourly: number | null, readonly maxUploadMegabytesHourly: number | null, readonly maxKeySharePercent: number | null, readonly maxPersonsNamedHourly: number | null, readonly maxNearMatchesHourly: number | null } };

export type TenantsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  withTotal?: boolean;
}>;


export type TenantsQuery = { readonly tenants: { readonly totalCount?: number | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string, readonly status: TenantStatus, readonly createdAt: string, readonly updatedAt: string, readonly limits: { readonly maxCollections: number | null, readonly maxPersons: number | null, readonly maxFaces: number | null, readonly maxImageMegabytes: number | null, readonly maxOpenUploadMegabytes: number | null, readonly maxSearchesHourly: number | null, readonly maxFacesAnalyzedHourly: number | null, readonly maxUploadsHourly: number | null, readonly maxUploadMegabytesHourly: number | null, readonly maxKeySharePercent: number | null, readonly maxPersonsNamedHourly: number | null, readonly maxNearMatchesHourly: number | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type TenantQueryVariables = Exact<{
  id: string;
}>;


export type TenantQuery = { readonly tenant: { readonly id: string, readonly name: string, readonly status: TenantStatus, readonly createdAt: string, readonly updatedAt: string, readonly limits: { readonly maxCollections: number | null, readonly maxPersons: number | null, readonly maxFaces: number | null, readonly maxImageMegabytes: number | null, readonly maxOpenUploadMegabytes: number | null, readonly maxSearchesHourly: number | null, readonly maxFacesAnalyzedHourly: number | null, readonly maxUploadsHourly: number | null, readonly maxUploadMegabytesHourly: number | null, readonly maxKeySharePercent: number | null, readonly maxPersonsNamedHourly: number | null, readonly maxNearMatchesHourly: number | null } } | null };

export type CreateTenantMutationVariables = Exact<{
  input: CreateTenantInput;
}>;


export type CreateTenantMutation = { readonly createTenant: { readonly secret: string, readonly tenant: { readonly id: string, readonly name: string, readonly status: TenantStatus, readonly createdAt: string, readonly updatedAt: string, readonly limits: { readonly maxCollections: number | null, readonly maxPersons: number | null, readonly maxFaces: number | null, readonly maxImageMegabytes: number | null, readonly maxOpenUploadMegabytes: number | null, readonly maxSearchesHourly: number | null, readonly maxFacesAnalyzedHourly: number | null, readonly maxUploadsHourly: number | null, readonly maxUploadMegabytesHourly: number | null, readonly maxKeySharePercent: number | null, readonly maxPersonsNamedHourly: number | null, readonly maxNearMatchesHourly: number | null } }, readonly apiKey: { readonly id: string, readonly keyId: string, readonly name: string, readonly scopes: ReadonlyArray<ApiKeyScope>, readonly isTest: boolean, readonly collectionIds: ReadonlyArray<string> | null, readonly allowedNetworks: ReadonlyArray<string> | null, readonly createdAt: string, readonly expiresAt: string | null, readonly lastUsedAt: string | null, readonly revokedAt: string | null } } };

export type UpdateTenantMutationVariables = Exact<{
  input: UpdateTenantInput;
}>;


export type UpdateTenantMutation = { readonly updateTenant: { readonly tenant: { readonly id: string, readonly name: string, readonly status: TenantStatus, readonly createdAt: string, readonly updatedAt: string, readonly limits: { readonly maxCollections: number | null, readonly maxPersons: number | null, readonly maxFaces: number | null, readonly maxImageMegabytes: number | null, readonly maxOpenUploadMegabytes: number | null, readonly maxSearchesHourly: number | null, readonly maxFacesAnalyzedHourly: number | null, readonly maxUploadsHourly: number | null, readonly maxUploadMegabytesHourly: number | null, readonly maxKeySharePercent: number | null, readonly maxPersonsNamedHourly: number | null, readonly maxNearMatchesHourly: number | null } } } };

export type SuspendTenantMutationVariables = Exact<{
  input: SuspendTenantInput;
}>;


export type SuspendTenantMutation = { readonly suspendTenant: { readonly tenant: { readonly id: string, readonly name: string, readonly status: TenantStatus, readonly createdAt: string, readonly updatedAt: string, readonly limits: { readonly maxCollections: number | null, readonly maxPersons: number | null, readonly maxFaces: number | null, readonly maxImageMegabytes: number | null, readonly maxOpenUploadMegabytes: number | null, readonly maxSearchesHourly: number | null, readonly maxFacesAnalyzedHourly: number | null, readonly maxUploadsHourly: number | null, readonly maxUploadMegabytesHourly: number | null, readonly maxKeySharePercent: number | null, readonly maxPersonsNamedHourly: number | null, readonly maxNearMatchesHourly: number | null } } } };

export type DeleteTenantMutationVariables = Exact<{
  input: DeleteTenantInput;
}>;


export type DeleteTenantMutation = { readonly deleteTenant: { readonly tenant: { readonly id: string, readonly name: string, readonly status: TenantStatus, readonly createdAt: string, readonly updatedAt: string, readonly limits: { readonly maxCollections: number | null, readonly maxPersons: number | null, readonly maxFaces: number | null, readonly maxImageMegabytes: number | null, readonly maxOpenUploadMegabytes: number | null, readonly maxSearchesHourly: number | null, readonly maxFacesAnalyzedHourly: number | null, readonly maxUploadsHourly: number | null, readonly maxUploadMegabytesHourly: number | null, readonly maxKeySharePercent: number | null, readonly maxPersonsNamedHourly: number | null, readonly maxNearMatchesHourly: number | null } } } };

export type CreateUploadsMutationVariables = Exact<{
  input: CreateUploadsInput;
}>;


export type CreateUploadsMutation = { readonly createUploads: { readonly uploads: ReadonlyArray<{ readonly id: string, readonly url: string, readonly headers: Record<string, unknown>, readonly expiresAt: string }> } };

export type UsageQueryVariables = Exact<{
  from: string;
  to: string;
  apiKeyId?: string | null | undefined;
  tenantId?: string | null | undefined;
}>;


export type UsageQuery = { readonly usage: ReadonlyArray<{ readonly day: string, readonly searches: number, readonly facesAnalyzed: number, readonly imagesEnrolled: number, readonly uploads: number, readonly uploadedBytes: number, readonly storedBytes: number }> };

export type NodeQueryVariables = Exact<{
  id: string;
}>;


export type NodeQuery = { readonly node:
    | { readonly __typename: 'ApiKey', readonly id: string }
    | { readonly __typename: 'Collection', readonly id: string }
    | { readonly __typename: 'Face', readonly id: string }
    | { readonly __typename: 'Image', readonly id: string }
    | { readonly __typename: 'Job', readonly id: string }
    | { readonly __typename: 'Person', readonly id: string }
    | { readonly __typename: 'Tenant', readonly id: string }
   | null };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { readonly viewer: { readonly keyName: string, readonly scopes: ReadonlyArray<ApiKeyScope>, readonly tenant: { readonly id: string, readonly name: string } | null, readonly limits: { readonly maxCollections: number | null, readonly maxPersons: number | null, readonly maxFaces: number | null } | null, readonly usage: { readonly collections: number, readonly persons: number, readonly faces: number } | null } };

export type OperatingPointFieldsFragment = { readonly falseMatchRate: number, readonly similarity: number, readonly distance: number };

export type ModelPacksQueryVariables = Exact<{ [key: string]: never; }>;


export type ModelPacksQuery = { readonly modelPacks: ReadonlyArray<{ readonly id: string, readonly name: string, readonly version: string, readonly description: string, readonly licence: string, readonly commercialUse: boolean, readonly dimension: number, readonly metric: Metric, readonly calibrated: boolean, readonly calibrationRevision: string | null, readonly operatingPoints: ReadonlyArray<{ readonly falseMatchRate: number, readonly similarity: number, readonly distance: number }> }> };

export const ApiKeysDocument: TypedDocument<ApiKeysQuery, ApiKeysQueryVariables> =
  "query ApiKeys($tenantId:ID$first:Int$after:String$last:Int$before:String$withTotal:Boolean!=false){apiKeys(tenantId:$tenantId first:$first after:$after last:$last before:$before){nodes{...ApiKeyFields}pageInfo{...PageFields}totalCount@include(if:$withTotal)}}fragment ApiKeyFields on ApiKey{id keyId name scopes isTest collectionIds allowedNetworks createdAt expiresAt lastUsedAt revokedAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const CreateApiKeyDocument: TypedDocument<CreateApiKeyMutation, CreateApiKeyMutationVariables> =
  "mutation CreateApiKey($input:CreateApiKeyInput!){createApiKey(input:$input){apiKey{...ApiKeyFields}secret}}fragment ApiKeyFields on ApiKey{id keyId name scopes isTest collectionIds allowedNetworks createdAt expiresAt lastUsedAt revokedAt}";

export const RotateApiKeyDocument: TypedDocument<RotateApiKeyMutation, RotateApiKeyMutationVariables> =
  "mutation RotateApiKey($input:RotateApiKeyInput!){rotateApiKey(input:$input){apiKey{...ApiKeyFields}secret}}fragment ApiKeyFields on ApiKey{id keyId name scopes isTest collectionIds allowedNetworks createdAt expiresAt lastUsedAt revokedAt}";

export const RevokeApiKeyDocument: TypedDocument<RevokeApiKeyMutation, RevokeApiKeyMutationVariables> =
  "mutation RevokeApiKey($input:RevokeApiKeyInput!){revokeApiKey(input:$input){apiKey{...ApiKeyFields}}}fragment ApiKeyFields on ApiKey{id keyId name scopes isTest collectionIds allowedNetworks createdAt expiresAt lastUsedAt revokedAt}";

export const AuditLogDocument: TypedDocument<AuditLogQuery, AuditLogQueryVariables> =
  "query AuditLog($filter:AuditEntryFilterInput$orderBy:AuditEntryOrderInput$first:Int$after:String$last:Int$before:String$withTotal:Boolean!=false){auditLog(filter:$filter orderBy:$orderBy first:$first after:$after last:$last before:$before){nodes{...AuditEntryFields}pageInfo{...PageFields}totalCount@include(if:$withTotal)}}fragment AuditEntryFields on AuditEntry{id seq isErased at startedAt operation by apiKeyId actor address requestId collectionIds subjectIds subjectCount probes results details commitment chain salt content}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const AuditCheckpointDocument: TypedDocument<AuditCheckpointQuery, AuditCheckpointQueryVariables> =
  "query AuditCheckpoint{auditCheckpoint{version tenantId seq chain at keyId publicKey signature}}";

export const ConfirmMatchDocument: TypedDocument<ConfirmMatchMutation, ConfirmMatchMutationVariables> =
  "mutation ConfirmMatch($input:ConfirmMatchInput!){confirmMatch(input:$input){confirmationId}}";

export const ClassifiersDocument: TypedDocument<ClassifiersQuery, ClassifiersQueryVariables> =
  "query Classifiers{classifiers{id name version description labels licence commercialUse}}";

export const ClassifyImageDocument: TypedDocument<ClassifyImageQuery, ClassifyImageQueryVariables> =
  "query ClassifyImage($image:ImageInput!$model:String!$top:Int!=5){classifyImage(image:$image model:$model top:$top){width height firstFrameOnly labels{label confidence}classifier{id}timings{decodeMs netMs totalMs}}}";

export const CollectionsDocument: TypedDocument<CollectionsQuery, CollectionsQueryVariables> =
  "query Collections($filter:CollectionFilterInput$orderBy:CollectionOrderInput$first:Int$after:String$last:Int$before:String$withTotal:Boolean!=false){collections(filter:$filter orderBy:$orderBy first:$first after:$after last:$last before:$before){nodes{...CollectionFields}pageInfo{...PageFields}totalCount@include(if:$withTotal)}}fragment CollectionFields on Collection{id name description modelPackId similarityThreshold targetFpir qualityFilter retentionDays faceCount personCount createdAt updatedAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const CollectionDocument: TypedDocument<CollectionQuery, CollectionQueryVariables> =
  "query Collection($id:ID$name:String){collection(id:$id name:$name){...CollectionFields}}fragment CollectionFields on Collection{id name description modelPackId similarityThreshold targetFpir qualityFilter retentionDays faceCount personCount createdAt updatedAt}";

export const CreateCollectionDocument: TypedDocument<CreateCollectionMutation, CreateCollectionMutationVariables> =
  "mutation CreateCollection($input:CreateCollectionInput!){createCollection(input:$input){collection{...CollectionFields}}}fragment CollectionFields on Collection{id name description modelPackId similarityThreshold targetFpir qualityFilter retentionDays faceCount personCount createdAt updatedAt}";

export const UpdateCollectionDocument: TypedDocument<UpdateCollectionMutation, UpdateCollectionMutationVariables> =
  "mutation UpdateCollection($input:UpdateCollectionInput!){updateCollection(input:$input){collection{...CollectionFields}}}fragment CollectionFields on Collection{id name description modelPackId similarityThreshold targetFpir qualityFilter retentionDays faceCount personCount createdAt updatedAt}";

export const DeleteCollectionDocument: TypedDocument<DeleteCollectionMutation, DeleteCollectionMutationVariables> =
  "mutation DeleteCollection($input:DeleteCollectionInput!){deleteCollection(input:$input){deletedCollectionId jobId}}";

export const CollectionReembeddingDocument: TypedDocument<CollectionReembeddingQuery, CollectionReembeddingQueryVariables> =
  "query CollectionReembedding($id:ID!){collection(id:$id){...ReembeddingFields}}fragment ReembeddingFields on Collection{id modelPackId reembedding{jobId sourcePackId targetPackId state startedAt endedAt canRollBackUntil}newerPack{id description}}";

export const ReembedCollectionDocument: TypedDocument<ReembedCollectionMutation, ReembedCollectionMutationVariables> =
  "mutation ReembedCollection($input:ReembedCollectionInput!){reembedCollection(input:$input){job{...JobFields}}}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{done indexed unindexed failed cancelled pending total}error{code message details}}";

export const RollBackReembeddingDocument: TypedDocument<RollBackReembeddingMutation, RollBackReembeddingMutationVariables> =
  "mutation RollBackReembedding($input:RollBackReembeddingInput!){rollBackReembedding(input:$input){job{...JobFields}}}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{done indexed unindexed failed cancelled pending total}error{code message details}}";

export const FinishReembeddingDocument: TypedDocument<FinishReembeddingMutation, FinishReembeddingMutationVariables> =
  "mutation FinishReembedding($input:FinishReembeddingInput!){finishReembedding(input:$input){collection{...CollectionFields}}}fragment CollectionFields on Collection{id name description modelPackId similarityThreshold targetFpir qualityFilter retentionDays faceCount personCount createdAt updatedAt}";

export const OperationsDocument: TypedDocument<OperationsQuery, OperationsQueryVariables> =
  "query Operations($collectionId:ID!$filter:OperationFilterInput$orderBy:OperationOrderInput$first:Int$after:String$last:Int$before:String$withTotal:Boolean!=false){operations(collectionId:$collectionId filter:$filter orderBy:$orderBy first:$first after:$after last:$last before:$before){nodes{...OperationFields}pageInfo{...PageFields}totalCount@include(if:$withTotal)}}fragment OperationFields on Operation{id collectionId kind revertsId revertedById personIds faceCount createdAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const OperationDocument: TypedDocument<OperationQuery, OperationQueryVariables> =
  "query Operation($id:ID!){operation(id:$id){...OperationFields changes{entity id otherId field before after}}}fragment OperationFields on Operation{id collectionId kind revertsId revertedById personIds faceCount createdAt}";

export const MergePreviewDocument: TypedDocument<MergePreviewQuery, MergePreviewQueryVariables> =
  "query MergePreview($intoId:ID!$personIds:[ID!]!){mergePreview(intoId:$intoId personIds:$personIds){faceCount warnings{...CurationWarningFields}}}fragment CurationWarningFields on CurationWarning{code message faceIds imageIds}";

export const MergePersonsDocument: TypedDocument<MergePersonsMutation, MergePersonsMutationVariables> =
  "mutation MergePersons($input:MergePersonsInput!){mergePersons(input:$input){faceCount warnings{...CurationWarningFields}person{...PersonFields}operation{...OperationFields}}}fragment CurationWarningFields on CurationWarning{code message faceIds imageIds}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}fragment OperationFields on Operation{id collectionId kind revertsId revertedById personIds faceCount createdAt}";

export const AddFaceDocument: TypedDocument<AddFaceMutation, AddFaceMutationVariables> =
  "mutation AddFace($input:AddFaceInput!){addFace(input:$input){face{...FaceFields}operation{...OperationFields}}}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}fragment OperationFields on Operation{id collectionId kind revertsId revertedById personIds faceCount createdAt}";

export const SplitPersonDocument: TypedDocument<SplitPersonMutation, SplitPersonMutationVariables> =
  "mutation SplitPerson($input:SplitPersonInput!){splitPerson(input:$input){operationId warnings{...CurationWarningFields}person{...PersonFields}faces{...FaceFields}}}fragment CurationWarningFields on CurationWarning{code message faceIds imageIds}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}";

export const NameFacesDocument: TypedDocument<NameFacesMutation, NameFacesMutationVariables> =
  "mutation NameFaces($input:NameFacesInput!){nameFaces(input:$input){operationId warnings{...CurationWarningFields}person{...PersonFields}faces{...FaceFields}}}fragment CurationWarningFields on CurationWarning{code message faceIds imageIds}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}";

export const HideFacesDocument: TypedDocument<HideFacesMutation, HideFacesMutationVariables> =
  "mutation HideFaces($input:HideFacesInput!){hideFaces(input:$input){operationIds faces{...FaceFields}}}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}";

export const RejectMatchDocument: TypedDocument<RejectMatchMutation, RejectMatchMutationVariables> =
  "mutation RejectMatch($input:RejectMatchInput!){rejectMatch(input:$input){operationId faces{...FaceFields}}}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}";

export const RejectMergeDocument: TypedDocument<RejectMergeMutation, RejectMergeMutationVariables> =
  "mutation RejectMerge($input:RejectMergeInput!){rejectMerge(input:$input){operationId}}";

export const UndoDocument: TypedDocument<UndoMutation, UndoMutationVariables> =
  "mutation Undo($input:UndoInput!){undo(input:$input){operation{...OperationFields}skipped{entity id otherId field reason operationId}}}fragment OperationFields on Operation{id collectionId kind revertsId revertedById personIds faceCount createdAt}";

export const JobUpdatedDocument: TypedDocument<JobUpdatedSubscription, JobUpdatedSubscriptionVariables> =
  "subscription JobUpdated($jobId:ID!$after:String){jobUpdated(jobId:$jobId after:$after){...EventFields job{...JobFields}}}fragment EventFields on Event{cursor type createdAt collectionId jobId payload}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{done indexed unindexed failed cancelled pending total}error{code message details}}";

export const CollectionEventsDocument: TypedDocument<CollectionEventsSubscription, CollectionEventsSubscriptionVariables> =
  "subscription CollectionEvents($collectionId:ID!$types:[EventType!]$after:String){collectionEvents(collectionId:$collectionId types:$types after:$after){...EventFields}}fragment EventFields on Event{cursor type createdAt collectionId jobId payload}";

export const EventCursorDocument: TypedDocument<EventCursorQuery, EventCursorQueryVariables> =
  "query EventCursor($collectionId:ID!){collection(id:$collectionId){eventCursor}}";

export const FacesDocument: TypedDocument<FacesQuery, FacesQueryVariables> =
  "query Faces($filter:FaceFilterInput$orderBy:FaceOrderInput$first:Int$after:String$last:Int$before:String$withTotal:Boolean!=false){faces(filter:$filter orderBy:$orderBy first:$first after:$after last:$last before:$before){nodes{...FaceFields}pageInfo{...PageFields}totalCount@include(if:$withTotal)}}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const FaceDocument: TypedDocument<FaceQuery, FaceQueryVariables> =
  "query Face($id:ID!){face(id:$id){...FaceFields}}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}";

export const AssignFacesDocument: TypedDocument<AssignFacesMutation, AssignFacesMutationVariables> =
  "mutation AssignFaces($input:AssignFacesInput!){assignFaces(input:$input){operationId faces{...FaceFields}}}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}";

export const UnassignFacesDocument: TypedDocument<UnassignFacesMutation, UnassignFacesMutationVariables> =
  "mutation UnassignFaces($input:UnassignFacesInput!){unassignFaces(input:$input){operationIds faces{...FaceFields}}}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}";

export const DeleteFacesDocument: TypedDocument<DeleteFacesMutation, DeleteFacesMutationVariables> =
  "mutation DeleteFaces($input:DeleteFacesInput!){deleteFaces(input:$input){deletedFaceIds jobId}}";

export const AuditGalleryDocument: TypedDocument<AuditGalleryQuery, AuditGalleryQueryVariables> =
  "query AuditGallery($collectionId:ID!$afterPersonId:ID$limit:Int!=100){auditGallery(collectionId:$collectionId afterPersonId:$afterPersonId limit:$limit){doubted{reason score ownSimilarity face{...FaceFields}person{...PersonFields}better{similarity person{id displayName}}}facesLookedAt personsLookedAt lastPersonId isCut}}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}";

export const FindDuplicatePersonsDocument: TypedDocument<FindDuplicatePersonsQuery, FindDuplicatePersonsQueryVariables> =
  "query FindDuplicatePersons($collectionId:ID!$minSimilarity:Float$afterPersonId:ID$limit:Int!=100){findDuplicatePersons(collectionId:$collectionId minSimilarity:$minSimilarity afterPersonId:$afterPersonId limit:$limit){pairs{similarity sharedImageIds persons{...PersonFields}}minSimilarity personsLookedAt lastPersonId isCut hasMorePairs}}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}";

export const ClusterFacesDocument: TypedDocument<ClusterFacesQuery, ClusterFacesQueryVariables> =
  "query ClusterFaces($collectionId:ID!$scope:ClusterScope!=UNASSIGNED$minSimilarity:Float$olderThanFaceId:ID){clusterFaces(collectionId:$collectionId scope:$scope minSimilarity:$minSimilarity olderThanFaceId:$olderThanFaceId){groups{size faceIds faces{id cropUrl image{id}}nearest{similarity person{id displayName}}}messyGroup minSimilarity facesLookedAt maxFaces oldestFaceId isCut}}";

export const SuggestionsDocument: TypedDocument<SuggestionsQuery, SuggestionsQueryVariables> =
  "query Suggestions($collectionId:ID!$minSimilarity:Float!=80$limit:Int!=100){suggestions(collectionId:$collectionId minSimilarity:$minSimilarity limit:$limit){similarity face{...FaceFields}person{...PersonFields}}}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}";

export const ImageDocument: TypedDocument<ImageQuery, ImageQueryVariables> =
  "query Image($id:ID!){image(id:$id){...ImageFields faces{nodes{...FaceFields}}}}fragment ImageFields on Image{id collectionId mime width height bytes sha256 firstFrameOnly takenAt createdAt url}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}";

export const ImagesDocument: TypedDocument<ImagesQuery, ImagesQueryVariables> =
  "query Images($collectionId:ID!$filter:ImageFilterInput$orderBy:ImageOrderInput$first:Int$after:String$last:Int$before:String){images(collectionId:$collectionId filter:$filter orderBy:$orderBy first:$first after:$after last:$last before:$before){nodes{...ImageFields}pageInfo{...PageFields}}}fragment ImageFields on Image{id collectionId mime width height bytes sha256 firstFrameOnly takenAt createdAt url}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const JobDocument: TypedDocument<JobQuery, JobQueryVariables> =
  "query Job($id:ID!){job(id:$id){...JobFields}}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{done indexed unindexed failed cancelled pending total}error{code message details}}";

export const JobItemsDocument: TypedDocument<JobItemsQuery, JobItemsQueryVariables> =
  "query JobItems($jobId:ID!$filter:JobItemFilterInput$first:Int$after:String$last:Int$before:String$withTotal:Boolean!=false){job(id:$jobId){items(filter:$filter first:$first after:$after last:$last before:$before){nodes{...JobItemFields}pageInfo{...PageFields}totalCount@include(if:$withTotal)}}}fragment JobItemFields on JobItem{id ordinal state externalImageId duplicate knownElsewhere{personId similarity}image{id}faceRecords{id boundingBox{...BoxFields}person{id externalId displayName}}unindexedFaces{reasons face{id boundingBox{...BoxFields}}}error{code message details}}fragment BoxFields on BoundingBox{left top width height}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const EnrollFacesDocument: TypedDocument<EnrollFacesMutation, EnrollFacesMutationVariables> =
  "mutation EnrollFaces($input:EnrollFacesInput!){enrollFaces(input:$input){job{...JobFields}}}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{done indexed unindexed failed cancelled pending total}error{code message details}}";

export const JobsDocument: TypedDocument<JobsQuery, JobsQueryVariables> =
  "query Jobs($filter:JobFilterInput$orderBy:JobOrderInput$first:Int$after:String$last:Int$before:String$withTotal:Boolean!=false){jobs(filter:$filter orderBy:$orderBy first:$first after:$after last:$last before:$before){nodes{...JobFields}pageInfo{...PageFields}totalCount@include(if:$withTotal)}}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{done indexed unindexed failed cancelled pending total}error{code message details}}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const CancelJobDocument: TypedDocument<CancelJobMutation, CancelJobMutationVariables> =
  "mutation CancelJob($input:CancelJobInput!){cancelJob(input:$input){job{...JobFields}}}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{done indexed unindexed failed cancelled pending total}error{code message details}}";

export const RetryJobDocument: TypedDocument<RetryJobMutation, RetryJobMutationVariables> =
  "mutation RetryJob($input:RetryJobInput!){retryJob(input:$input){job{...JobFields}}}fragment JobFields on Job{id kind state collectionId createdAt startedAt finishedAt cancelRequestedAt progress{done indexed unindexed failed cancelled pending total}error{code message details}}";

export const ImagesWithFacesDocument: TypedDocument<ImagesWithFacesQuery, ImagesWithFacesQueryVariables> =
  "query ImagesWithFaces($collectionId:ID!$first:Int$after:String$faces:Int!){images(collectionId:$collectionId first:$first after:$after){nodes{...ImageFields faces(first:$faces){nodes{...PlacedFaceFields}pageInfo{...PageFields}}}pageInfo{...PageFields}}}fragment ImageFields on Image{id collectionId mime width height bytes sha256 firstFrameOnly takenAt createdAt url}fragment PlacedFaceFields on Face{id state confidence hiddenAs externalImageId boundingBox{...BoxFields}landmarks{eyeLeft{x y}eyeRight{x y}nose{x y}mouthLeft{x y}mouthRight{x y}}person{id displayName}}fragment BoxFields on BoundingBox{left top width height}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const FacesOfImageDocument: TypedDocument<FacesOfImageQuery, FacesOfImageQueryVariables> =
  "query FacesOfImage($id:ID!$first:Int$after:String){image(id:$id){faces(first:$first after:$after){nodes{...PlacedFaceFields}pageInfo{...PageFields}}}}fragment PlacedFaceFields on Face{id state confidence hiddenAs externalImageId boundingBox{...BoxFields}landmarks{eyeLeft{x y}eyeRight{x y}nose{x y}mouthLeft{x y}mouthRight{x y}}person{id displayName}}fragment BoxFields on BoundingBox{left top width height}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const PeopleDocument: TypedDocument<PeopleQuery, PeopleQueryVariables> =
  "query People($collectionId:ID!$filter:PersonFilterInput$orderBy:PersonOrderInput$first:Int$after:String$last:Int$before:String$startAt:String$withTotal:Boolean!=false){persons(collectionId:$collectionId filter:$filter orderBy:$orderBy first:$first after:$after last:$last before:$before startAt:$startAt){nodes{...PersonFields faces(first:1 orderBy:{field:QUALITY direction:DESC}){nodes{id cropUrl}}}pageInfo{...PageFields}totalCount@include(if:$withTotal)}}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const PersonFacesDocument: TypedDocument<PersonFacesQuery, PersonFacesQueryVariables> =
  "query PersonFaces($id:ID!$first:Int!=60$after:String$orderBy:FaceOrderInput){person(id:$id){...PersonFields cover:faces(first:1 orderBy:{field:QUALITY direction:DESC}){nodes{id cropUrl}}faces(first:$first after:$after orderBy:$orderBy){nodes{...FaceFields}pageInfo{...PageFields}}}}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}fragment FaceFields on Face{id collectionId state reasons externalImageId assignedBy hiddenAs confidence createdAt cropUrl boundingBox{...BoxFields}quality{...QualityFields}pose{...PoseFields}person{id externalId displayName}image{id}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const CollectionCountsDocument: TypedDocument<CollectionCountsQuery, CollectionCountsQueryVariables> =
  "query CollectionCounts($id:ID!){collection(id:$id){...CollectionFields unassignedFaceCount unindexedFaceCount}}fragment CollectionFields on Collection{id name description modelPackId similarityThreshold targetFpir qualityFilter retentionDays faceCount personCount createdAt updatedAt}";

export const AccountDocument: TypedDocument<AccountQuery, AccountQueryVariables> =
  "query Account{viewer{keyName scopes limits{maxCollections maxPersons maxFaces maxImageMegabytes}usage{collections persons faces imageMegabytes}}}";

export const PersonsDocument: TypedDocument<PersonsQuery, PersonsQueryVariables> =
  "query Persons($collectionId:ID!$filter:PersonFilterInput$orderBy:PersonOrderInput$first:Int$after:String$last:Int$before:String$startAt:String$withTotal:Boolean!=false){persons(collectionId:$collectionId filter:$filter orderBy:$orderBy first:$first after:$after last:$last before:$before startAt:$startAt){nodes{...PersonFields}pageInfo{...PageFields}totalCount@include(if:$withTotal)}}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const PersonDocument: TypedDocument<PersonQuery, PersonQueryVariables> =
  "query Person($id:ID!){person(id:$id){...PersonFields}}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}";

export const CreatePersonDocument: TypedDocument<CreatePersonMutation, CreatePersonMutationVariables> =
  "mutation CreatePerson($input:CreatePersonInput!){createPerson(input:$input){person{...PersonFields}}}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}";

export const UpdatePersonDocument: TypedDocument<UpdatePersonMutation, UpdatePersonMutationVariables> =
  "mutation UpdatePerson($input:UpdatePersonInput!){updatePerson(input:$input){operationId person{...PersonFields}}}fragment PersonFields on Person{id collectionId displayName externalId metadata aliases bornOn diedOn faceCount createdAt updatedAt}";

export const DeletePersonsDocument: TypedDocument<DeletePersonsMutation, DeletePersonsMutationVariables> =
  "mutation DeletePersons($input:DeletePersonsInput!){deletePersons(input:$input){deletedPersonIds jobId}}";

export const DetectFacesDocument: TypedDocument<DetectFacesQuery, DetectFacesQueryVariables> =
  "query DetectFaces($image:ImageInput!$maxFaces:Int!=100$modelPack:String){detectFaces(image:$image maxFaces:$maxFaces modelPack:$modelPack){width height firstFrameOnly faces{...DetectedFaceFields}}}fragment DetectedFaceFields on DetectedFace{boundingBox{...BoxFields}confidence quality{...QualityFields}pose{...PoseFields}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}";

export const CompareFacesDocument: TypedDocument<CompareFacesQuery, CompareFacesQueryVariables> =
  "query CompareFaces($source:ImageInput!$target:ImageInput!$qualityFilter:QualityFilter!=NONE$modelPack:String){compareFaces(source:$source target:$target qualityFilter:$qualityFilter modelPack:$modelPack){isAmbiguous threshold source{...DetectedFaceFields}faces{isMatch similarity distance face{...DetectedFaceFields}}operatingPoints{...OperatingPointFields}}}fragment DetectedFaceFields on DetectedFace{boundingBox{...BoxFields}confidence quality{...QualityFields}pose{...PoseFields}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}fragment OperatingPointFields on OperatingPoint{falseMatchRate similarity distance}";

export const VerifyPersonDocument: TypedDocument<VerifyPersonQuery, VerifyPersonQueryVariables> =
  "query VerifyPerson($personId:ID!$image:ImageInput!){verifyPerson(personId:$personId image:$image){isMatch isAmbiguous similarity distance threshold estimatedFmr probe{...DetectedFaceFields}face{...MatchedFaceFields}}}fragment DetectedFaceFields on DetectedFace{boundingBox{...BoxFields}confidence quality{...QualityFields}pose{...PoseFields}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}fragment MatchedFaceFields on Face{id cropUrl}";

export const SearchFacesDocument: TypedDocument<SearchFacesQuery, SearchFacesQueryVariables> =
  "query SearchFaces($collectionIds:[ID!]!$image:ImageInput$images:[ImageInput!]$onAmbiguous:OnAmbiguous$faceId:ID$personId:ID$filter:PersonFilterInput$threshold:Float$limit:Int!=10$qualityFilter:QualityFilter){searchFaces(collectionIds:$collectionIds image:$image images:$images onAmbiguous:$onAmbiguous faceId:$faceId personId:$personId filter:$filter threshold:$threshold limit:$limit qualityFilter:$qualityFilter){threshold thresholdSource estimatedFpir gallerySize modelPack{id}firstFrameOnly timings{totalMs}probes{boundingBox{...BoxFields}confidence reasons fusedFaces{...DetectedFaceFields}matches{similarity distance person{id externalId displayName}face{...MatchedFaceFields}supportingFaces{similarity face{...MatchedFaceFields}}}}}}fragment BoxFields on BoundingBox{left top width height}fragment DetectedFaceFields on DetectedFace{boundingBox{...BoxFields}confidence quality{...QualityFields}pose{...PoseFields}}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}fragment MatchedFaceFields on Face{id cropUrl}";

export const SearchFacesBriefDocument: TypedDocument<SearchFacesBriefQuery, SearchFacesBriefQueryVariables> =
  "query SearchFacesBrief($collectionIds:[ID!]!$image:ImageInput$images:[ImageInput!]$onAmbiguous:OnAmbiguous$threshold:Float$limit:Int!=10$qualityFilter:QualityFilter){searchFaces(collectionIds:$collectionIds image:$image images:$images onAmbiguous:$onAmbiguous threshold:$threshold limit:$limit qualityFilter:$qualityFilter){threshold firstFrameOnly probes{boundingBox{...BoxFields}confidence reasons matches{similarity person{id externalId displayName}}}}}fragment BoxFields on BoundingBox{left top width height}";

export const VerifyPersonBriefDocument: TypedDocument<VerifyPersonBriefQuery, VerifyPersonBriefQueryVariables> =
  "query VerifyPersonBrief($personId:ID!$image:ImageInput!){verifyPerson(personId:$personId image:$image){isMatch isAmbiguous similarity threshold probe{...DetectedFaceFields}}}fragment DetectedFaceFields on DetectedFace{boundingBox{...BoxFields}confidence quality{...QualityFields}pose{...PoseFields}}fragment BoxFields on BoundingBox{left top width height}fragment QualityFields on FaceQuality{score brightness sharpness}fragment PoseFields on Pose{yaw pitch roll}";

export const GalleriesDocument: TypedDocument<GalleriesQuery, GalleriesQueryVariables> =
  "query Galleries($tenantId:ID$first:Int$after:String$last:Int$before:String){galleries(tenantId:$tenantId first:$first after:$after last:$last before:$before){nodes{...GalleryFields}pageInfo{...PageFields}}}fragment GalleryFields on Gallery{id collectionId name description similarityFloor showsCovers createdAt updatedAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const GalleryGrantsDocument: TypedDocument<GalleryGrantsQuery, GalleryGrantsQueryVariables> =
  "query GalleryGrants($galleryId:ID!$tenantId:ID$first:Int$after:String$last:Int$before:String){galleryGrants(galleryId:$galleryId tenantId:$tenantId first:$first after:$after last:$last before:$before){nodes{...GalleryGrantFields}pageInfo{...PageFields}}}fragment GalleryGrantFields on GalleryGrant{id galleryId granteeTenantId label createdAt endedAt endedBy}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const GrantedGalleriesDocument: TypedDocument<GrantedGalleriesQuery, GrantedGalleriesQueryVariables> =
  "query GrantedGalleries($first:Int$after:String$last:Int$before:String){grantedGalleries(first:$first after:$after last:$last before:$before){nodes{...GrantedGalleryFields}pageInfo{...PageFields}}}fragment GrantedGalleryFields on GrantedGallery{id name description similarityFloor showsCovers grantedAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const PublishGalleryDocument: TypedDocument<PublishGalleryMutation, PublishGalleryMutationVariables> =
  "mutation PublishGallery($input:PublishGalleryInput!){publishGallery(input:$input){gallery{...GalleryFields}}}fragment GalleryFields on Gallery{id collectionId name description similarityFloor showsCovers createdAt updatedAt}";

export const UpdateGalleryDocument: TypedDocument<UpdateGalleryMutation, UpdateGalleryMutationVariables> =
  "mutation UpdateGallery($input:UpdateGalleryInput!){updateGallery(input:$input){gallery{...GalleryFields}}}fragment GalleryFields on Gallery{id collectionId name description similarityFloor showsCovers createdAt updatedAt}";

export const UnpublishGalleryDocument: TypedDocument<UnpublishGalleryMutation, UnpublishGalleryMutationVariables> =
  "mutation UnpublishGallery($input:UnpublishGalleryInput!){unpublishGallery(input:$input){unpublishedGalleryId}}";

export const GrantGalleryDocument: TypedDocument<GrantGalleryMutation, GrantGalleryMutationVariables> =
  "mutation GrantGallery($input:GrantGalleryInput!){grantGallery(input:$input){grant{...GalleryGrantFields}}}fragment GalleryGrantFields on GalleryGrant{id galleryId granteeTenantId label createdAt endedAt endedBy}";

export const EndGalleryGrantDocument: TypedDocument<EndGalleryGrantMutation, EndGalleryGrantMutationVariables> =
  "mutation EndGalleryGrant($input:EndGalleryGrantInput!){endGalleryGrant(input:$input){endedGrantId}}";

export const RecognizeCelebritiesDocument: TypedDocument<RecognizeCelebritiesQuery, RecognizeCelebritiesQueryVariables> =
  "query RecognizeCelebrities($image:ImageInput!$galleryIds:[ID!]!$minSimilarity:Int!=0$qualityFilter:QualityFilter!=NONE){recognizeCelebrities(image:$image galleryIds:$galleryIds minSimilarity:$minSimilarity qualityFilter:$qualityFilter){searchId firstFrameOnly celebrityFaces{id galleryId name urls knownFor similarity coverUrl boundingBox{...BoxFields}}unrecognizedFaces{reasons boundingBox{...BoxFields}}}}fragment BoxFields on BoundingBox{left top width height}";

export const TenantsDocument: TypedDocument<TenantsQuery, TenantsQueryVariables> =
  "query Tenants($first:Int$after:String$last:Int$before:String$withTotal:Boolean!=false){tenants(first:$first after:$after last:$last before:$before){nodes{...TenantFields}pageInfo{...PageFields}totalCount@include(if:$withTotal)}}fragment TenantFields on Tenant{id name status limits{maxCollections maxPersons maxFaces maxImageMegabytes maxOpenUploadMegabytes maxSearchesHourly maxFacesAnalyzedHourly maxUploadsHourly maxUploadMegabytesHourly maxKeySharePercent maxPersonsNamedHourly maxNearMatchesHourly}createdAt updatedAt}fragment PageFields on PageInfo{hasNextPage hasPreviousPage startCursor endCursor}";

export const TenantDocument: TypedDocument<TenantQuery, TenantQueryVariables> =
  "query Tenant($id:ID!){tenant(id:$id){...TenantFields}}fragment TenantFields on Tenant{id name status limits{maxCollections maxPersons maxFaces maxImageMegabytes maxOpenUploadMegabytes maxSearchesHourly maxFacesAnalyzedHourly maxUploadsHourly maxUploadMegabytesHourly maxKeySharePercent maxPersonsNamedHourly maxNearMatchesHourly}createdAt updatedAt}";

export const CreateTenantDocument: TypedDocument<CreateTenantMutation, CreateTenantMutationVariables> =
  "mutation CreateTenant($input:CreateTenantInput!){createTenant(input:$input){tenant{...TenantFields}apiKey{...ApiKeyFields}secret}}fragment TenantFields on Tenant{id name status limits{maxCollections maxPersons maxFaces maxImageMegabytes maxOpenUploadMegabytes maxSearchesHourly maxFacesAnalyzedHourly maxUploadsHourly maxUploadMegabytesHourly maxKeySharePercent maxPersonsNamedHourly maxNearMatchesHourly}createdAt updatedAt}fragment ApiKeyFields on ApiKey{id keyId name scopes isTest collectionIds allowedNetworks createdAt expiresAt lastUsedAt revokedAt}";

export const UpdateTenantDocument: TypedDocument<UpdateTenantMutation, UpdateTenantMutationVariables> =
  "mutation UpdateTenant($input:UpdateTenantInput!){updateTenant(input:$input){tenant{...TenantFields}}}fragment TenantFields on Tenant{id name status limits{maxCollections maxPersons maxFaces maxImageMegabytes maxOpenUploadMegabytes maxSearchesHourly maxFacesAnalyzedHourly maxUploadsHourly maxUploadMegabytesHourly maxKeySharePercent maxPersonsNamedHourly maxNearMatchesHourly}createdAt updatedAt}";

export const SuspendTenantDocument: TypedDocument<SuspendTenantMutation, SuspendTenantMutationVariables> =
  "mutation SuspendTenant($input:SuspendTenantInput!){suspendTenant(input:$input){tenant{...TenantFields}}}fragment TenantFields on Tenant{id name status limits{maxCollections maxPersons maxFaces maxImageMegabytes maxOpenUploadMegabytes maxSearchesHourly maxFacesAnalyzedHourly maxUploadsHourly maxUploadMegabytesHourly maxKeySharePercent maxPersonsNamedHourly maxNearMatchesHourly}createdAt updatedAt}";

export const DeleteTenantDocument: TypedDocument<DeleteTenantMutation, DeleteTenantMutationVariables> =
  "mutation DeleteTenant($input:DeleteTenantInput!){deleteTenant(input:$input){tenant{...TenantFields}}}fragment TenantFields on Tenant{id name status limits{maxCollections maxPersons maxFaces maxImageMegabytes maxOpenUploadMegabytes maxSearchesHourly maxFacesAnalyzedHourly maxUploadsHourly maxUploadMegabytesHourly maxKeySharePercent maxPersonsNamedHourly maxNearMatchesHourly}createdAt updatedAt}";

export const CreateUploadsDocument: TypedDocument<CreateUploadsMutation, CreateUploadsMutationVariables> =
  "mutation CreateUploads($input:CreateUploadsInput!){createUploads(input:$input){uploads{id url headers expiresAt}}}";

export const UsageDocument: TypedDocument<UsageQuery, UsageQueryVariables> =
  "query Usage($from:DateTime!$to:DateTime!$apiKeyId:ID$tenantId:ID){usage(from:$from to:$to apiKeyId:$apiKeyId tenantId:$tenantId){day searches facesAnalyzed imagesEnrolled uploads uploadedBytes storedBytes}}";

export const NodeDocument: TypedDocument<NodeQuery, NodeQueryVariables> =
  "query Node($id:ID!){node(id:$id){__typename id}}";

export const ViewerDocument: TypedDocument<ViewerQuery, ViewerQueryVariables> =
  "query Viewer{viewer{keyName scopes tenant{id name}limits{maxCollections maxPersons maxFaces}usage{collections persons faces}}}";

export const ModelPacksDocument: TypedDocument<ModelPacksQuery, ModelPacksQueryVariables> =
  "query ModelPacks{modelPacks{id name version description licence commercialUse dimension metric calibrated calibrationRevision operatingPoints{...OperatingPointFields}}}fragment OperatingPointFields on OperatingPoint{falseMatchRate similarity distance}";
