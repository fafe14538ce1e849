import { addressPath, signAddress, verifyAddress } from '../../src/domain/signed-address';
import { AddressSigner } from '../../src/http/address-signer';
import { scopeFromSignedAddress } from '../../src/http/signed-scope';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import { newId } from '../../src/domain/ids';

const KEY = 'k'.repeat(32);
const NEWER = 'n'.repeat(43);
const NOW = Date.UTC(2026, 10, 24);
const path = addressPath('images', newId(), newId());

function partsOf(address: string): { path: string; expires: string; signature: string } {
  const url = new URL(address, 'http://host');
  return {
    path: url.pathname,
    expires: url.searchParams.get('expires')!,
    signature: url.searchParams.get('signature')!,
  };
}

const signed = (key = KEY) => partsOf(signAddress({ method: 'GET', path, expiresAtMs: NOW + 1_000, key }));
const verify = (changes: Partial<Parameters<typeof verifyAddress>[0]> = {}) =>
  verifyAddress({ method: 'GET', ...signed(), keys: [KEY], nowMs: NOW, ...changes });

describe('signed addresses', () => {
  it('holds for what was signed, until it expires', () => {
    expect(verify()).toEqual({ ok: true, expiresAtMs: NOW + 1_000, holder: null });
    expect(verify({ nowMs: NOW + 999 }).ok).toBe(true);
    expect(verify({ nowMs: NOW + 1_000 })).toEqual({ ok: false, reason: 'EXPIRED' });
  });

  it.each([
    ['another method', { method: 'PUT' as const }],
    ['another path', { path: addressPath('images', newId(), newId()) }],
    ['another kind', { path: path.replace('/images/', '/faces/') }],
    ['a later expiry', { expires: String(NOW + 2_000) }],
    ['an expiry written otherwise', { expires: `0${NOW + 1_000}` }],
    ['no expiry', { expires: undefined }],
    ['two expiries', { expires: ['1', '2'] }],
    ['no signature', { signature: undefined }],
    ['an empty signature', { signature: '' }],
    ['a shorter signature', { signature: signed().signature.slice(0, -1) }],
    ['a longer signature', { signature: `${signed().signature}A` }],
    ['another signature', { signature: 'A'.repeat(43) }],
    ['another key', { keys: [NEWER] }],
    ['no key at all', { keys: [] }],
  ])('does not hold for %s', (_what, changes) => {
    expect(verify(changes)).toEqual({ ok: false, reason: 'INVALID' });
  });

  it('says EXPIRED only of an address that was ours', () => {
    expect(verify({ nowMs: NOW + 5_000, signature: 'A'.repeat(43) })).toEqual({ ok: false, reason: 'INVALID' });
  });

  it('honours older keys beside the newest, so that a key can be changed', () => {
    expect(verify({ keys: [NEWER, KEY] }).ok).toBe(true);
    expect(verify({ ...signed(NEWER), keys: [NEWER, KEY] }).ok).toBe(true);
    expect(verify({ ...signed(NEWER), keys: [KEY] }).ok).toBe(false);
  });

  it('refuses to sign with a key that is too short', () => {
    expect(() => signAddress({ method: 'GET', path, expiresAtMs: NOW, key: 'short' })).toThrow('at least 32');
  });
});

describe('AddressSigner and scopeFromSignedAddress', () => {
  const scope = makeTenantScope(newId());
  const clock = { now: () => new Date(NOW) };
  const signer = new AddressSigner({ publicUrl: () => 'https://faces.example', keys: [KEY], clock, ttlMs: 60_000 });

  function open(address: string, changes: Record<string, unknown> = {}) {
    const url = new URL(address);
    const [, kind, tenantId, id] = url.pathname.split('/');
    return scopeFromSignedAddress({
      method: kind === 'uploads' ? 'PUT' : 'GET',
      kind: kind as 'images',
      tenantId,
      id,
      query: Object.fromEntries(url.searchParams),
      keys: [KEY],
      now: new Date(NOW),
      ...changes,
    });
  }

  it('leads to the tenant and the thing that were signed', () => {
    const id = newId();
    for (const address of [
      signer.imageUrl(scope, id),
      signer.faceCropUrl(scope, id),
      signer.uploadUrl(scope, { id, expiresAt: new Date(NOW + 60_000) }),
    ]) {
      expect(address).toMatch(/^https:\/\/faces\.example\/(images|faces|uploads)\//);
      expect(open(address)).toEqual({ scope, id, expiresAtMs: NOW + 60_000, holder: null });
    }
  });

  it('names the key that it was given to, which cannot be left out, changed or added', () => {
    const [id, apiKeyId] = [newId(), newId()];
    const address = signer.imageUrl(scope, id, undefined, apiKeyId);
    expect(open(address).holder).toBe(apiKeyId);
    for (const other of [
      address.replace(/&holder=[^&]*/, ''),
      address.replace(apiKeyId, newId()),
      address.replace(apiKeyId, 'nonsense'),
      `${signer.imageUrl(scope, id)}&holder=${apiKeyId}`,
    ]) {
      expect(() => open(other)).toThrow('not valid');
    }
  });

  it('does not lead to another tenant', () => {
    expect(() => open(signer.imageUrl(scope, newId()), { tenantId: newId() })).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN' }),
    );
  });

  it('gives an image one address for a quarter of its life, which is as long as was said at most', () => {
    const id = newId();
    const at = (ms: number): { address: string; lastsMs: number } => {
      const clock = { now: () => new Date(ms) };
      const signer = new AddressSigner({ publicUrl: 'https://faces.example', keys: [KEY], clock, ttlMs: 60_000 });
      const address = signer.imageUrl(scope, id);
      return { address, lastsMs: Number(partsOf(address).expires) - ms };
    };
    const start = Math.ceil(NOW / 15_000) * 15_000;
    expect(at(start + 14_999).address).toBe(at(start).address);
    expect(at(start + 15_000).address).not.toBe(at(start).address);
    expect(at(start).lastsMs).toBe(60_000);
    expect(at(start + 14_999).lastsMs).toBe(45_001);
  });

  it('tells an expired upload from an expired image', () => {
    const later = { now: new Date(NOW + 60_000) };
    const upload = signer.uploadUrl(scope, { id: newId(), expiresAt: new Date(NOW + 60_000) });
    expect(() => open(upload, later)).toThrow(expect.objectContaining({ code: 'UPLOAD_EXPIRED' }));
    expect(() => open(signer.imageUrl(scope, newId()), later)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });

  it('takes no id that is none', () => {
    const address = signer.imageUrl(scope, newId());
    for (const changes of [{ tenantId: '..' }, { id: '' }, { id: ['x'] }, { tenantId: undefined }]) {
      expect(() => open(address, changes)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    }
  });
});
