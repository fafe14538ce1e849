import { createHmac, timingSafeEqual } from 'node:crypto';
import { isId } from './ids';

/** The key also signs other things; this label keeps their signatures from being good for addresses. */
const LABEL = 'likeness-address-1';
const MIN_KEY_LENGTH = 32;

export type AddressMethod = 'GET' | 'PUT';
/** What is seen or sent at an address: an upload's bytes, a stored image, a face cut out of one, one that stands for a person of a gallery. */
export type AddressKind = 'uploads' | 'images' | 'faces' | 'covers';

export interface AddressToSign {
  readonly method: AddressMethod;
  /** Begins with `/`; without host, query and any prefix that a proxy strips. */
  readonly path: string;
  /** Epoch milliseconds, whole. */
  readonly expiresAtMs: number;
  /** At least 32 characters. */
  readonly key: string;
  /** The id of whom it is given to; signed along, and shown in the address. @default nobody is named */
  readonly holder?: string | undefined;
}

export interface AddressToVerify {
  readonly method: AddressMethod;
  readonly path: string;
  /** The `expires` parameter as it came. */
  readonly expires: unknown;
  /** The `signature` parameter as it came. */
  readonly signature: unknown;
  /** The `holder` parameter as it came. */
  readonly holder?: unknown;
  /** Every key that is still honoured; the newest signs. */
  readonly keys: readonly string[];
  readonly nowMs: number;
}

/** EXPIRED is only said of an address that was really ours. */
export type AddressVerdict =
  | { readonly ok: true; readonly expiresAtMs: number; readonly holder: string | null }
  | { readonly ok: false; readonly reason: 'INVALID' | 'EXPIRED' };

/** The path that is signed. It names the tenant, so that a verified address leads to one tenant's data and no other's. */
export function addressPath(kind: AddressKind, tenantId: string, id: string): string {
  return `/${kind}/${tenantId}/${id}`;
}

/** What stands for the id in the address of a cover: the grant, and the person as they are sealed for it. */
export function coverPath(grantId: string, sealedId: string): string {
  return `${grantId}/${sealedId}`;
}

/**
 * Signs method, path, expiry and holder with HMAC-SHA256, so that none of them can be changed.
 *
 * @returns the path with `expires` (epoch milliseconds), `holder` where one is named, and `signature` (base64url) as its query. A secret while it lasts.
 * @throws Error when the key is too short to be one.
 */
export function signAddress(address: AddressToSign): string {
  if (address.key.length < MIN_KEY_LENGTH) throw new Error(`A signing key has at least ${MIN_KEY_LENGTH} characters`);
  const { method, path, expiresAtMs, key, holder } = address;
  const signature = macOf({ method, path, expires: String(expiresAtMs), holder }, key).toString('base64url');
  const named = holder === undefined ? '' : `&holder=${holder}`;
  return `${path}?expires=${expiresAtMs}${named}&signature=${signature}`;
}

/** Compares in constant time against every key. The moment of expiry itself is expired. */
export function verifyAddress(address: AddressToVerify): AddressVerdict {
  const { method, path, expires, signature, holder } = address;
  if (typeof expires !== 'string' || !/^[1-9]\d{0,14}$/.test(expires)) return { ok: false, reason: 'INVALID' };
  if (typeof signature !== 'string' || !/^[\w-]{43}$/.test(signature)) return { ok: false, reason: 'INVALID' };
  if (holder !== undefined && !(typeof holder === 'string' && isId(holder))) return { ok: false, reason: 'INVALID' };
  const given = Buffer.from(signature, 'base64url');
  const matches = address.keys.map((key) => timingSafeEqual(given, macOf({ method, path, expires, holder }, key)));
  if (!matches.includes(true)) return { ok: false, reason: 'INVALID' };
  const expiresAtMs = Number(expires);
  return expiresAtMs > address.nowMs
    ? { ok: true, expiresAtMs, holder: holder ?? null }
    : { ok: false, reason: 'EXPIRED' };
}

interface SignedParts {
  readonly method: AddressMethod;
  readonly path: string;
  readonly expires: string;
  readonly holder: string | undefined;
}

function macOf({ method, path, expires, holder }: SignedParts, key: string): Buffer {
  const named = holder === undefined ? '' : `\n${holder}`;
  return createHmac('sha256', key).update(`${LABEL}\n${method}\n${path}\n${expires}${named}`).digest();
}
