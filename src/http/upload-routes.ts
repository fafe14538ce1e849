import { createHash } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import { badInput, DomainError, notFound } from '../domain/errors';
import { assertSupportedImage, canonicalMime } from '../domain/image-format';
import { uploadKey } from '../domain/image-keys';
import type { TenantScope } from '../domain/tenant-scope';
import { SharedGate } from '../domain/weighted-gate';
import type { UploadStore } from '../modules/images/upload.store';
import { countUse } from '../modules/rates/bill';
import type { Rates } from '../modules/rates/rates.service';
import type { Clock } from '../ports/clock';
import type { ImageStore } from '../ports/image-store';
import type { StorageRoom } from '../domain/storage-room';
import type { UploadRecord } from '../records/upload';
import type { AddressHolders } from './address-holders';
import { setCostHeaders } from './charged-operations';
import type { ClientAddresses } from './client-address';
import { answerJson } from './early-answer';
import { ClientGoneError, firstBytes, PACE, readBodyExactly, wrongSize, type BodyPace } from './request-body';
import { sendRouteError } from './route-errors';
import { scopeFromSignedAddress, uploadExpired } from './signed-scope';

/** Bodies held in memory at one time; what comes on top waits in its socket. */
const MAX_BYTES_IN_FLIGHT = 128 * 1024 * 1024;

/** Who waits longer for a place is told to come again. */
const MAX_WAIT_MS = 20_000;

export interface UploadRouterOptions {
  readonly uploads: UploadStore;
  readonly imageStore: ImageStore;
  readonly room: StorageRoom;
  readonly holders: Pick<AddressHolders, 'assertHolds'>;
  /** What the bytes are charged to. */
  readonly rates: Pick<Rates, 'billOf'>;
  /** Every signing key that is still honoured. */
  readonly signingKeys: readonly string[];
  readonly clock: Clock;
  readonly addresses: Pick<ClientAddresses, 'exactly'>;
  /** Largest image that is accepted, whatever was declared. */
  readonly maxBytes: number;
  readonly logger: Logger;
}

/**
 * `PUT /uploads/<tenantId>/<uploadId>?expires=&signature=`: takes the bytes of one upload, once. 201 with `{id, bytes, mime,
 * sha256}`; whatever is refused leaves nothing behind, and the address stays good.
 */
export function createUploadRouter(options: UploadRouterOptions): Router {
  const gate = new SharedGate(MAX_BYTES_IN_FLIGHT);
  const router = Router();
  router
    .route('/uploads/:tenantId/:uploadId')
    .put(async (request, response) => {
      try {
        await receive(request, response, options, gate);
      } catch (error) {
        if (error instanceof ClientGoneError) return;
        const { tenantId, uploadId } = request.params;
        sendRouteError(response, error, options.logger, { route: 'upload', tenantId, uploadId });
      }
    })
    .all((request, response, next) => {
      if (request.method === 'OPTIONS') return next();
      void answerJson(response.status(405).set('Allow', 'PUT'), {
        error: { code: 'BAD_USER_INPUT', message: 'Send the image with PUT to this address.', retryable: false },
      });
    });
  return router;
}

async function receive(
  request: Request,
  response: Response,
  options: UploadRouterOptions,
  gate: SharedGate,
): Promise<void> {
  const { scope, id, holder } = scopeFromSignedAddress({
    method: 'PUT',
    kind: 'uploads',
    tenantId: request.params['tenantId'],
    id: request.params['uploadId'],
    query: request.query,
    keys: options.signingKeys,
    now: options.clock.now(),
  });
  await options.holders.assertHolds(holder, options.addresses.exactly(request));
  const upload = await options.uploads.findOpen(scope, id);
  if (!upload) throw notFound('upload');
  if (upload.state === 'RECEIVED') throw alreadyUsed();
  if (upload.expiresAt <= options.clock.now()) throw uploadExpired();
  assertHeaders(request, upload, options.maxBytes);
  options.room.assertRoomFor('FILES');
  await firstBytes(request);
  const bill = await options.rates.billOf(scope.tenantId, holder);
  const take = async (): Promise<void> => {
    setCostHeaders(response, bill);
    const pace = { ...PACE, isPressed: () => gate.isFull(scope.tenantId) };
    const bytes = await readCounted(request, upload, pace);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assertContent(bytes, sha256, upload);
    await store(scope, upload, bytes, sha256, options);
    bill.record({ uploads: 1, uploadedBytes: bytes.length });
    response.status(201).json({ id, bytes: bytes.length, mime: upload.mime, sha256 });
  };
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(tooManyUploads()), MAX_WAIT_MS);
  const charged = (): Promise<void> => bill.charge({ BYTES: upload.bytes }, take);
  try {
    await gate.run(scope.tenantId, upload.bytes, charged, waiting.signal);
  } catch (error) {
    setCostHeaders(response, bill);
    throw error;
  } finally {
    clearTimeout(timer);
  }
  options.logger.debug({ tenantId: scope.tenantId, uploadId: id, bytes: upload.bytes }, 'upload received');
}

/** The body, of which what came is charged, whatever was declared. @throws what `readBodyExactly` throws. */
async function readCounted(request: Request, { bytes }: UploadRecord, pace: BodyPace): Promise<Buffer> {
  let received = 0;
  try {
    return await readBodyExactly(request, bytes, pace, (size) => (received += size));
  } finally {
    countUse('BYTES', received);
  }
}

function assertHeaders(request: Request, upload: UploadRecord, maxBytes: number): void {
  const announced = request.headers['content-length'];
  if (upload.bytes > maxBytes || Number(announced ?? 0) > maxBytes) {
    throw new DomainError(
      'IMAGE_TOO_LARGE',
      `An image may have at most ${Math.floor(maxBytes / 1_048_576)} MB. Make a smaller copy and upload that.`,
      { details: { maxBytes } },
    );
  }
  if (announced !== undefined && Number(announced) !== upload.bytes) throw wrongSize(upload.bytes);
  if (canonicalMime(request.headers['content-type'] ?? '') !== upload.mime) {
    throw badInput({ path: 'headers.content-type', rule: `must be ${upload.mime}, as createUploads was told` });
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw badInput({ path: 'headers.content-encoding', rule: 'must be left out: send the file as it is' });
  }
}

function assertContent(bytes: Uint8Array, sha256: string, upload: UploadRecord): void {
  const mime = assertSupportedImage(bytes);
  if (mime !== upload.mime) {
    throw badInput({
      path: 'body',
      rule: `must be ${upload.mime}, as createUploads was told, but is ${mime}; make a new upload with the right mime`,
    });
  }
  if (upload.sha256 !== null && upload.sha256 !== sha256) {
    throw badInput({
      path: 'body',
      rule: 'must have the sha256 that belongs to this upload; send the same file, or make a new upload for another',
    });
  }
}

/**
 * The upload is settled on these bytes before they are written: of two PUTs at once only equal bytes can meet in the
 * store, so what is stored is what is recorded, whoever is first to mark it.
 */
async function store(
  scope: TenantScope,
  upload: UploadRecord,
  bytes: Uint8Array,
  sha256: string,
  options: UploadRouterOptions,
): Promise<void> {
  const key = uploadKey(scope, upload.id);
  if (!(await options.uploads.bind(scope, upload.id, sha256))) throw alreadyUsed();
  await options.imageStore.put(key, bytes, upload.mime);
  if (await options.uploads.markReceived(scope, upload.id)) return;
  const now = await options.uploads.find(scope, upload.id);
  if (now?.state === 'RECEIVED') throw alreadyUsed();
  // The tenant is being deleted, or the upload was swept away: nothing would ever remove these bytes again.
  await options.imageStore.delete(key);
  throw notFound('upload');
}

function tooManyUploads(): DomainError {
  return new DomainError('RATE_LIMITED', 'Too many uploads are under way. Send this one again in a moment.', {
    details: { retryAfterMs: 2_000 },
  });
}

function alreadyUsed(): DomainError {
  return new DomainError(
    'CONFLICT',
    'This upload address was used already. Use the upload’s id, or make a new upload for another image.',
  );
}
