import { Router, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import { notFound } from '../domain/errors';
import { imageKey } from '../domain/image-keys';
import type { AddressKind } from '../domain/signed-address';
import type { TenantScope } from '../domain/tenant-scope';
import { SharedGate } from '../domain/weighted-gate';
import type { ImageReadAudit } from '../modules/audit/image-read-audit.service';
import type { ImageAccessStore } from '../modules/images/image-access.store';
import type { Clock } from '../ports/clock';
import type { ImageCropper } from '../ports/image-cropper';
import type { ImageStore } from '../ports/image-store';
import type { AddressHolders } from './address-holders';
import type { ClientAddresses } from './client-address';
import { sendRouteError } from './route-errors';
import { scopeFromSignedAddress } from './signed-scope';

/** Images held and decoded at one time: a page that shows a hundred faces must not hold a hundred images, nor keep
 * other tenants waiting. */
export const MAX_IMAGES_IN_FLIGHT = 4;
/** Part of the face's longer side that is shown around it: hair and chin, little of the neighbours. */
export const CROP = { margin: 0.3, maxSidePx: 512 };

export interface ImageRouterOptions {
  readonly images: ImageAccessStore;
  readonly imageStore: ImageStore;
  readonly cropper: ImageCropper;
  readonly holders: Pick<AddressHolders, 'assertHolds'>;
  /** Every signing key that is still honoured. */
  readonly signingKeys: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where it is written down who is shown what. */
  readonly audit: Pick<ImageReadAudit, 'record'>;
  readonly addresses: ClientAddresses;
}

export interface Image {
  readonly bytes: Uint8Array;
  readonly mime: string;
}

type FindImage = (scope: TenantScope, id: string) => Promise<Image>;

/**
 * `GET /images/<tenantId>/<imageId>` and `GET /faces/<tenantId>/<faceId>`, both with `?expires=&signature=`: a stored
 * image, and a face cut out of one (square, at most 512 px, JPEG). What was deleted is 404 from that commit on. Who is shown one is in
 * the audit before.
 */
export function createImageRouter(options: ImageRouterOptions): Router {
  const gate = new SharedGate(MAX_IMAGES_IN_FLIGHT);
  const router = Router();
  const serve = (kind: 'images' | 'faces', find: FindImage) =>
    router.get(`/${kind}/:tenantId/:id`, async (request, response) => {
      try {
        const { scope, id, expiresAtMs, holder } = accessOf(request, kind, options);
        const address = options.addresses.exactly(request);
        await options.holders.assertHolds(holder, address);
        const image = await gate.run(scope.tenantId, 1, () => find(scope, id));
        await options.audit.record({ scope, kind, id, apiKeyId: holder, address: address || null });
        const maxAge = Math.max(0, Math.floor((expiresAtMs - options.clock.now().getTime()) / 1_000));
        sendImage(response, image, `private, max-age=${maxAge}, immutable`);
      } catch (error) {
        const { tenantId, id } = request.params;
        sendRouteError(response, error, options.logger, { route: kind, tenantId, id });
      }
    });
  serve('images', (scope, id) => storedImage(scope, id, options));
  serve('faces', (scope, id) => faceCrop(scope, id, options));
  return router;
}

function accessOf(request: Request, kind: AddressKind, options: ImageRouterOptions) {
  return scopeFromSignedAddress({
    method: 'GET',
    kind,
    tenantId: request.params['tenantId'],
    id: request.params['id'],
    query: request.query,
    keys: options.signingKeys,
    now: options.clock.now(),
  });
}

async function storedImage(scope: TenantScope, id: string, options: ImageRouterOptions): Promise<Image> {
  const image = await options.images.findImage(scope, id);
  if (!image) throw notFound('image');
  return { bytes: await options.imageStore.get(imageKey(scope, image.id)), mime: image.mime };
}

async function faceCrop(scope: TenantScope, id: string, options: ImageRouterOptions): Promise<Image> {
  const face = await options.images.findFaceCrop(scope, id);
  if (!face) throw notFound('face');
  const image = await options.imageStore.get(imageKey(scope, face.image.id));
  const bytes = await options.cropper.cropFace(image, face.boundingBox, CROP);
  return { bytes, mime: 'image/jpeg' };
}

export function sendImage(response: Response, image: Image, cacheControl: string): void {
  const { buffer, byteOffset, byteLength } = image.bytes;
  response
    .set({
      'Content-Type': image.mime,
      'Cache-Control': cacheControl,
      'Content-Disposition': 'inline',
      'Content-Security-Policy': "default-src 'none'",
      'X-Content-Type-Options': 'nosniff',
      // The address is a secret while it lasts: it must not travel on.
      'Referrer-Policy': 'no-referrer',
    })
    .send(Buffer.from(buffer, byteOffset, byteLength));
}
