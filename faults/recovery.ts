import { setTimeout as wait } from 'node:timers/promises';
import type { Photo } from './photos';
import type { Tenant } from './tenant';
import type { World } from './world';

const POLL_MS = 100;

/** A tenant beside the one that is worked for: by it is seen how soon all works again. */
export class Canary {
  private constructor(
    private readonly tenant: Tenant,
    private readonly collectionId: string,
    /** Each is enrolled once. */
    private readonly photos: Photo[],
  ) {}

  static async create(tenant: Tenant, photos: readonly Photo[]): Promise<Canary> {
    return new Canary(tenant, await tenant.createCollection('canary'), [...photos]);
  }

  /** Settles when every process is ready, and an image that is sent now was enrolled and is found. @returns milliseconds. */
  async sing(world: World): Promise<number> {
    const startedAt = performance.now();
    const photo = this.photos.shift()!;
    const enrolled = this.tenant.finish(await this.tenant.enroll(this.collectionId, [photo]));
    while (!(await world.isReady())) await wait(POLL_MS);
    await enrolled;
    while (!(await this.tenant.search(this.collectionId, photo)).includes(photo.name)) await wait(POLL_MS);
    return performance.now() - startedAt;
  }
}
