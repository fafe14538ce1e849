import { addressPath, coverPath, signAddress, type AddressKind, type AddressMethod } from '../domain/signed-address';
import type { Honoured } from '../domain/honoured';
import type { TenantScope } from '../domain/tenant-scope';
import type { Clock } from '../ports/clock';

export interface AddressSignerOptions {
  /**
   * Where clients reach this server, without a slash at the end; a function where it is known only once it listens, or is
   * where the asking client reached it.
   */
  readonly publicUrl: string | ((clientOrigin: string | undefined) => string);
  /** At least 32 characters. The first signs; the others are older ones that `scopeFromSignedAddress` still honours. */
  readonly keys: Honoured;
  readonly clock: Clock;
  /** How long an image's address works at most; at least it is three quarters of that. */
  readonly ttlMs: number;
}

/** Expiries are rounded to this part of an address's life: in between, an image has one address, and browsers keep what they have of it. */
const STEPS = 4;

/** Gives out the addresses that `createUploadRouter` and `createImageRouter` answer at. Secrets while they last: never log one. */
export class AddressSigner {
  constructor(private readonly options: AddressSignerOptions) {}

  /** A stored image, to GET. @param apiKeyId the key that it is given to, which the audit names: it ends with that. */
  imageUrl(scope: TenantScope, imageId: string, clientOrigin?: string, apiKeyId?: string): string {
    return this.baseOf(clientOrigin) + this.sign('GET', 'images', scope, imageId, this.imageExpiry(), apiKeyId);
  }

  /** A face cut out of its image, to GET. @param apiKeyId as of `imageUrl`. */
  faceCropUrl(scope: TenantScope, faceId: string, clientOrigin?: string, apiKeyId?: string): string {
    return this.baseOf(clientOrigin) + this.sign('GET', 'faces', scope, faceId, this.imageExpiry(), apiKeyId);
  }

  /** The face that stands for a person of a gallery, to GET. @param sealedId the person's, for this grant. @param apiKeyId as of `imageUrl`. */
  coverUrl(grantee: TenantScope, grantId: string, sealedId: string, clientOrigin?: string, apiKeyId?: string): string {
    const id = coverPath(grantId, sealedId);
    return this.baseOf(clientOrigin) + this.sign('GET', 'covers', grantee, id, this.imageExpiry(), apiKeyId);
  }

  /** Where an upload's bytes are PUT, until the upload expires. @param apiKeyId as of `imageUrl`. */
  uploadUrl(
    scope: TenantScope,
    upload: { readonly id: string; readonly expiresAt: Date },
    clientOrigin?: string,
    apiKeyId?: string,
  ): string {
    const expiresAtMs = upload.expiresAt.getTime();
    return this.baseOf(clientOrigin) + this.sign('PUT', 'uploads', scope, upload.id, expiresAtMs, apiKeyId);
  }

  private baseOf(clientOrigin: string | undefined): string {
    const { publicUrl } = this.options;
    return typeof publicUrl === 'string' ? publicUrl : publicUrl(clientOrigin);
  }

  private imageExpiry(): number {
    const { clock, ttlMs } = this.options;
    const step = Math.ceil(ttlMs / STEPS);
    const now = clock.now().getTime();
    return now - (now % step) + ttlMs;
  }

  private sign(
    method: AddressMethod,
    kind: AddressKind,
    scope: TenantScope,
    id: string,
    expiresAtMs: number,
    holder?: string,
  ): string {
    const path = addressPath(kind, scope.tenantId, id);
    return signAddress({ method, path, expiresAtMs, key: this.options.keys[0], holder });
  }
}
