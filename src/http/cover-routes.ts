import { Router } from 'express';
import { notFound } from '../domain/errors';
import { imageKey } from '../domain/image-keys';
import { SharedGate } from '../domain/weighted-gate';
import type { GrantedGalleryStore } from '../modules/sharing/granted-gallery.store';
import { CROP, MAX_IMAGES_IN_FLIGHT, sendImage, type ImageRouterOptions } from './image-routes';
import { sendRouteError } from './route-errors';
import { coverFromSignedAddress } from './signed-scope';

export interface CoverRouterOptions extends Omit<ImageRouterOptions, 'images'> {
  readonly granted: Pick<GrantedGalleryStore, 'findCover'>;
}

/**
 * `GET /covers/<tenantId>/<grantId>/<sealed person>?expires=&signature=`: the face that stands for a person of a gallery, for the tenant
 * that was granted it, in whose audit it is before. The grant is asked for each time, and nothing is kept on the way: 403 as soon as it
 * has ended.
 */
export function createCoverRouter(options: CoverRouterOptions): Router {
  const gate = new SharedGate(MAX_IMAGES_IN_FLIGHT);
  const router = Router();
  router.get('/covers/:tenantId/:grantId/:sealedId', async (request, response) => {
    const { tenantId, grantId, sealedId } = request.params;
    try {
      const access = coverFromSignedAddress({
        ...{ method: 'GET', tenantId, grantId, sealedId, query: request.query },
        keys: options.signingKeys,
        now: options.clock.now(),
      });
      const { scope, holder } = access;
      const address = options.addresses.exactly(request);
      await options.holders.assertHolds(holder, address);
      const bytes = await gate.run(scope.tenantId, 1, async () => {
        const cover = await options.granted.findCover(scope, access.grantId, access.sealedId);
        if (!cover) throw notFound('person of this gallery');
        const image = await options.imageStore.get(imageKey(cover, cover.imageId));
        return options.cropper.cropFace(image, cover.boundingBox, CROP);
      });
      await options.audit.record({
        ...{ scope, kind: 'covers', id: access.sealedId, apiKeyId: holder },
        address: address || null,
      });
      sendImage(response, { bytes, mime: 'image/jpeg' }, 'private, no-store');
    } catch (error) {
      sendRouteError(response, error, options.logger, { route: 'covers', tenantId, grantId });
    }
  });
  return router;
}
