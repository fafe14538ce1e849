import { DomainError } from '../domain/errors';
import { isId } from '../domain/ids';
import { isSealedId } from '../domain/sealed-id';
import { addressPath, coverPath, verifyAddress, type AddressKind, type AddressMethod } from '../domain/signed-address';
import { makeTenantScope } from '../domain/tenant-scope-factory';
import type { TenantScope } from '../domain/tenant-scope';

/** What a request at a signed address shows. */
export interface SignedRequest {
  readonly method: AddressMethod;
  readonly kind: AddressKind;
  readonly tenantId: unknown;
  readonly id: unknown;
  readonly query: { readonly expires?: unknown; readonly signature?: unknown; readonly holder?: unknown };
  /** Every key that is still honoured. */
  readonly keys: readonly string[];
  readonly now: Date;
}

/** What a verified address opens: one thing of one tenant. */
export interface SignedAccess {
  readonly scope: TenantScope;
  readonly id: string;
  readonly expiresAtMs: number;
  /** The id of the key that it was given to; null: it names none. */
  readonly holder: string | null;
}

/**
 * Authentication by address: a signature of our own over path and expiry says that this tenant's thing may be had by
 * whoever holds the address.
 *
 * @throws DomainError FORBIDDEN when the signature is not ours or an image's address has expired; UPLOAD_EXPIRED when an
 * upload's has.
 */
export function scopeFromSignedAddress(request: SignedRequest): SignedAccess {
  if (typeof request.id !== 'string' || !isId(request.id)) throw notOurs();
  return verified(request, request.id);
}

/** The same for the cover of a person: the id is what `coverPath` makes of both. @throws DomainError FORBIDDEN. */
export function coverFromSignedAddress(
  request: Omit<SignedRequest, 'kind' | 'id'> & { readonly grantId: unknown; readonly sealedId: unknown },
): SignedAccess & { readonly grantId: string; readonly sealedId: string } {
  const { grantId, sealedId } = request;
  if (typeof grantId !== 'string' || !isId(grantId)) throw notOurs();
  if (typeof sealedId !== 'string' || !isSealedId(sealedId)) throw notOurs();
  return { ...verified({ ...request, kind: 'covers' }, coverPath(grantId, sealedId)), grantId, sealedId };
}

function verified(request: Omit<SignedRequest, 'id'>, id: string): SignedAccess {
  const { tenantId, kind } = request;
  if (typeof tenantId !== 'string' || !isId(tenantId)) throw notOurs();
  const verdict = verifyAddress({
    method: request.method,
    path: addressPath(kind, tenantId, id),
    expires: request.query.expires,
    signature: request.query.signature,
    holder: request.query.holder,
    keys: request.keys,
    nowMs: request.now.getTime(),
  });
  if (verdict.ok) {
    const { expiresAtMs, holder } = verdict;
    return { scope: makeTenantScope(tenantId), id, expiresAtMs, holder };
  }
  if (verdict.reason === 'INVALID') throw notOurs();
  if (kind === 'uploads') throw uploadExpired();
  throw new DomainError('FORBIDDEN', 'This address has expired. Ask the API for the image again to get a new one.');
}

export function uploadExpired(): DomainError {
  return new DomainError('UPLOAD_EXPIRED', 'This upload address has expired. Make a new one with createUploads.');
}

function notOurs(): DomainError {
  return new DomainError(
    'FORBIDDEN',
    'The signature of this address is not valid for this request. Use the address exactly as the API gave it.',
  );
}
