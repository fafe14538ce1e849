import { createHash } from 'node:crypto';
import { badInput, DomainError, type FieldProblem } from '../../domain/errors';
import { isId, newId } from '../../domain/ids';
import { assertSupportedImage, type SupportedImageMime } from '../../domain/image-format';
import { isWebAddress, MAX_URL_LENGTH } from '../../domain/image-url';
import { LoopSlice } from '../../domain/loop-slice';
import type { QualityFilter } from '../../domain/quality';
import { findTextProblem } from '../../domain/storable';
import { assertOneSource, decodeBase64, type ImageSource } from '../images/image-loader.service';
import type { NewEnrollmentItem, OnAmbiguous, OnKnownElsewhere } from './enrollment-shapes';
import { checkText, isGiven, personIdentity, targetOf, type PersonChoice, type Refuse } from './person-choice';
import { facesIdentity, placedFacesOf, type FaceChoice } from './placed-faces';

export interface EnrollFacesItem {
  readonly image: ImageSource;
  readonly person?: PersonChoice | null;
  /** @default they are looked for */
  readonly faces?: readonly FaceChoice[] | null;
  /** @default the request's */
  readonly onAmbiguous?: OnAmbiguous | null;
  readonly externalImageId?: string | null;
  /** @default what its EXIF says */
  readonly takenAt?: Date | null;
}

export interface EnrollFacesCommand {
  readonly collectionId: string;
  readonly items: readonly EnrollFacesItem[];
  /** @default 100 */
  readonly maxFaces?: number | null;
  /** @default the collection's */
  readonly qualityFilter?: QualityFilter | null;
  /** @default 'REFUSE' */
  readonly onAmbiguous?: OnAmbiguous | null;
  /** @default 'ALLOW' */
  readonly onKnownElsewhere?: OnKnownElsewhere | null;
  readonly clientRequestToken?: string | null;
}

/** Bytes that came with the request, to be stored before the job is written. */
export interface InlineImage {
  readonly uploadId: string;
  readonly bytes: Uint8Array;
  readonly sha256: Uint8Array;
  readonly mime: SupportedImageMime;
}

/** A request that holds together: every id is one, every choice is one. */
export interface CheckedRequest {
  readonly items: readonly NewEnrollmentItem[];
  readonly inline: readonly InlineImage[];
  readonly digest: Uint8Array;
}

const MAX_ITEMS = 10_000;
const MAX_PROBLEMS = 20;

/**
 * Checks a request and gives every item its id, in slices: ten thousand items take a while.
 * @throws DomainError BAD_USER_INPUT naming the fields; IMAGE_TOO_LARGE for base64 of more than 4 MB.
 */
export async function checkRequest(command: EnrollFacesCommand): Promise<CheckedRequest> {
  const problems: FieldProblem[] = [];
  const refuse = (path: string, rule: string) => problems.push({ path, rule });
  checkEnvelope(command, refuse);
  const createdByExternalId = new Map<string, string>();
  const inline = new Map<string, InlineImage>();
  const items: NewEnrollmentItem[] = [];
  const digest = createHash('sha256');
  digest.update(
    JSON.stringify([
      command.collectionId,
      command.maxFaces ?? 100,
      command.qualityFilter ?? null,
      command.items.length,
      // The default adds nothing, as below.
      ...(command.onKnownElsewhere && command.onKnownElsewhere !== 'ALLOW' ? [command.onKnownElsewhere] : []),
    ]),
  );
  const slice = new LoopSlice();
  for (const [index, item] of command.items.entries()) {
    if (slice.isOver) await slice.pause();
    const path = `input.items.${index}`;
    const source = sourceOf(item.image, `${path}.image`, inline, problems);
    const person = targetOf(item.person ?? null, `${path}.person`, createdByExternalId, refuse);
    const faces = item.faces ? placedFacesOf(item.faces, `${path}.faces`, createdByExternalId, refuse) : null;
    if (faces) checkAlone(item, command, `${path}.faces`, refuse);
    checkText(item.externalImageId, `${path}.externalImageId`, refuse);
    if (problems.length >= MAX_PROBLEMS) break;
    // What was refused is not looked at any further.
    if (problems.length > 0) continue;
    const externalImageId = item.externalImageId ?? null;
    const onAmbiguous = item.onAmbiguous ?? command.onAmbiguous ?? 'REFUSE';
    const takenAt = item.takenAt ?? null;
    items.push({ id: newId(), source, person, faces, onAmbiguous, externalImageId, takenAt });
    const identity: unknown[] = [imageIdentity(item.image), personIdentity(item.person ?? null), externalImageId];
    if (item.faces) identity.push(facesIdentity(item.faces));
    if (takenAt) identity.push(takenAt.toISOString());
    // The default adds nothing: a request from before there was a choice, repeated now, is the same one.
    digest.update(JSON.stringify(onAmbiguous === 'REFUSE' ? identity : [...identity, onAmbiguous]));
  }
  const [first, ...rest] = problems;
  if (first) throw badInput(first, ...rest);
  return { items, inline: [...inline.values()], digest: digest.digest() };
}

function checkEnvelope(command: EnrollFacesCommand, refuse: Refuse): void {
  const { items, maxFaces, clientRequestToken: token } = command;
  if (items.length < 1 || items.length > MAX_ITEMS) refuse('input.items', `must have 1 to ${MAX_ITEMS} items`);
  if (isGiven(maxFaces) && !(Number.isInteger(maxFaces) && maxFaces >= 1 && maxFaces <= 100)) {
    refuse('input.maxFaces', 'must be an integer from 1 to 100');
  }
  if (isGiven(token) && !/^[A-Za-z0-9_-]{1,64}$/.test(token)) {
    refuse('input.clientRequestToken', 'must be 1-64 letters, digits, _ or -');
  }
}

/** What is about a face that is looked for does not go with faces that are not. */
function checkAlone(item: EnrollFacesItem, command: EnrollFacesCommand, path: string, refuse: Refuse): void {
  if (isGiven(item.person)) refuse(path, 'must not be given beside person: say in each face whose it is');
  if (isGiven(item.onAmbiguous)) refuse(path, 'must not be given beside onAmbiguous: nothing is chosen');
  if ((command.onKnownElsewhere ?? 'ALLOW') !== 'ALLOW') {
    refuse(path, 'must not be given with onKnownElsewhere: nobody is looked up');
  }
}

function sourceOf(
  image: ImageSource,
  path: string,
  inline: Map<string, InlineImage>,
  problems: FieldProblem[],
): NewEnrollmentItem['source'] {
  try {
    assertOneSource(image, path);
    if (isGiven(image.url)) return { kind: 'URL', url: checkedUrl(image.url, `${path}.url`) };
    if (isGiven(image.uploadId)) {
      if (!isId(image.uploadId)) throw badInput({ path: `${path}.uploadId`, rule: 'must be the id of an upload' });
      return { kind: 'UPLOAD', uploadId: image.uploadId };
    }
    return inlineSource(decodeBase64(image.base64 ?? '', `${path}.base64`), inline);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'BAD_USER_INPUT') throw error;
    problems.push(...(error.details?.['fields'] as FieldProblem[]));
    return { kind: 'URL', url: '' };
  }
}

function checkedUrl(url: string, path: string): string {
  if (findTextProblem(url) !== undefined || !isWebAddress(url)) {
    throw badInput({ path, rule: `must be an https address of at most ${MAX_URL_LENGTH} characters` });
  }
  return url;
}

function inlineSource(bytes: Buffer, inline: Map<string, InlineImage>): NewEnrollmentItem['source'] {
  let mime: SupportedImageMime;
  try {
    mime = assertSupportedImage(bytes);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { kind: 'REFUSED', error: { code: error.code, message: error.message } };
  }
  const sha256 = createHash('sha256').update(bytes).digest();
  const key = sha256.toString('hex');
  const image = inline.get(key) ?? { uploadId: newId(), bytes, sha256, mime };
  inline.set(key, image);
  return { kind: 'UPLOAD', uploadId: image.uploadId };
}

/** What makes two requests the same: bytes by their digest, not by the id that they got. */
function imageIdentity(image: ImageSource): unknown {
  if (!isGiven(image.base64)) return [image.uploadId ?? null, image.url ?? null];
  return createHash('sha256').update(image.base64).digest('hex');
}
