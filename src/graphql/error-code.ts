import { registerEnumType } from 'type-graphql';
import { ERROR_CODES, type ErrorCode } from '../domain/errors';

const MEANINGS: Readonly<Record<ErrorCode, string>> = {
  UNAUTHENTICATED: 'No key, or one that is mistyped, unknown, expired or revoked.',
  FORBIDDEN: 'The key lacks the scope, the tenant is suspended, or a signed address does not hold.',
  NOT_FOUND: 'Absent, or another tenant’s: the two look the same.',
  BAD_USER_INPUT: '`details.fields` names each refused field and its rule.',
  CONFLICT: 'The name is in use, or the thing is not in the state that this needs.',
  IDEMPOTENT_PARAMETER_MISMATCH: 'The clientRequestToken came with other input before.',
  IMAGE_UNREADABLE: 'Damaged, cut off or empty.',
  IMAGE_UNSUPPORTED: 'Not JPEG, PNG or WebP.',
  IMAGE_TOO_LARGE: 'Too many bytes or pixels.',
  UPLOAD_EXPIRED: 'Older than 24 hours.',
  URL_REFUSED: 'Not public https, a private address, or no image there.',
  NO_FACE_FOUND: 'A face was needed, and none is in the image.',
  AMBIGUOUS_FACE: 'More than one face may be the named person’s; `details.boxes` has them.',
  KNOWN_ELSEWHERE: 'The face is like that of another person of the collection; `JobItem.knownElsewhere` says whose.',
  MODEL_MISMATCH: 'Collections of different packs in one search, or a pack that is not served.',
  CURSOR_EXPIRED: 'The events after this cursor are no longer kept.',
  QUERY_TOO_COMPLEX: 'Too long, too deep, too many aliases or too many fields.',
  QUOTA_EXCEEDED: 'The tenant’s limit is reached.',
  STORAGE_FULL: 'A disk is full. Try again.',
  RATE_LIMITED: 'Too much at once. Try again.',
  DEPENDENCY_UNAVAILABLE: 'An engine cannot be reached. Try again.',
  TIMEOUT: 'A deadline passed. Try again.',
  INTERNAL_SERVER_ERROR: 'Unforeseen; logged under `errorId`.',
};

/** Of outcomes; the errors of an operation have the same codes in `extensions.code`, which no schema can type. */
export const ErrorCodeEnum = Object.fromEntries(ERROR_CODES.map((code) => [code, code]));
registerEnumType(ErrorCodeEnum, {
  name: 'ErrorCode',
  description: 'What was wrong, for a program: never renamed. `extensions.code` of an error is one of these, too.',
  valuesConfig: Object.fromEntries(Object.entries(MEANINGS).map(([code, description]) => [code, { description }])),
});
