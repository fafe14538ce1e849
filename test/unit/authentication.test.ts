import { hashSecret, issueKey, parseKey } from '../../src/domain/api-key';
import { newId } from '../../src/domain/ids';
import { Authenticator } from '../../src/http/authentication';
import { steadyClock } from '../../src/ports/clock';
import type { ApiKeyCredential } from '../../src/records/api-key';

const PEPPER = 'pepper-of-a-test-that-is-long-enough';
const HOUR_MS = 3_600_000;

/** One key in a store that can be changed and held up, under a clock that can be set back. */
function world(changes: Partial<ApiKeyCredential> = {}) {
  const time = { wallMs: Date.UTC(2026, 10, 28), elapsedMs: 0 };
  const { text, keyId, secretHash } = issueKey(PEPPER, 'live');
  let credential: ApiKeyCredential = {
    id: newId(),
    tenantId: newId(),
    keyId,
    secretHash,
    name: 'Key',
    scopes: ['READ'],
    isTest: false,
    collectionIds: null,
    allowedNetworks: null,
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    createdAt: new Date(time.wallMs),
    predecessorId: null,
    tenantName: 'Tenant',
    tenantStatus: 'ACTIVE',
    tenantLimits: {},
    ...changes,
  } as ApiKeyCredential;
  let held: Promise<void> | undefined;
  const findCredential = jest.fn(async () => {
    const found = credential;
    await held;
    return found;
  });
  const renewHashes = jest.fn(async () => undefined);
  const authenticator = new Authenticator({
    credentials: { findCredential, findLapsed: async () => [], recordUse: async () => undefined, renewHashes },
    peppers: [PEPPER],
    operatorKey: null,
    clock: steadyClock({ now: () => new Date(time.wallMs) }, () => time.elapsedMs),
  });
  return {
    authenticator,
    keyId,
    findCredential,
    ask: () => authenticator.authenticate(`Bearer ${text}`),
    change: (next: Partial<ApiKeyCredential>) => void (credential = { ...credential, ...next }),
    pass: (ms: number) => {
      time.wallMs += ms;
      time.elapsedMs += ms;
    },
    setBack: (ms: number) => void (time.wallMs -= ms),
    now: () => new Date(time.wallMs),
    /** Look-ups answer what they read, but not before `release` is called. */
    hold: () => {
      let release!: () => void;
      held = new Promise((resolve) => (release = resolve));
      return () => {
        held = undefined;
        release();
      };
    },
  };
}

describe('a clock that is set back', () => {
  it.each([
    ['a revoked key', { revokedAt: new Date() }, 'UNAUTHENTICATED'],
    ['a suspended tenant’s key', { tenantStatus: 'SUSPENDED' }, 'FORBIDDEN'],
  ] as const)('keeps %s in the cache for no longer than any other', async (_what, end, code) => {
    const { ask, change, pass, setBack } = world();
    await ask();
    change(end);
    setBack(HOUR_MS);
    pass(499);
    await expect(ask()).resolves.toMatchObject({ keyName: 'Key' });
    pass(1);
    await expect(ask()).rejects.toMatchObject({ code });
  });

  it('does not revive an expired key', async () => {
    const { ask, change, pass, setBack, now } = world();
    change({ expiresAt: new Date(now().getTime() + 1_000) });
    await ask();
    pass(1_000);
    await expect(ask()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    setBack(HOUR_MS);
    await expect(ask()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('does not prolong a key that has not expired yet', async () => {
    const { ask, change, pass, setBack, now } = world();
    change({ expiresAt: new Date(now().getTime() + 1_000) });
    await ask();
    setBack(HOUR_MS);
    pass(1_000);
    await expect(ask()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('look-ups of keys', () => {
  it('are shared by those who ask at once', async () => {
    const { ask, findCredential } = world();
    await Promise.all([ask(), ask(), ask()]);
    expect(findCredential).toHaveBeenCalledTimes(1);
  });

  it('that had begun before a revocation answer nobody who comes after it', async () => {
    const { authenticator, keyId, ask, change, hold } = world();
    const release = hold();
    const early = ask();
    change({ revokedAt: new Date() });
    authenticator.forget(keyId);
    const late = ask();
    release();
    await expect(early).resolves.toMatchObject({ keyName: 'Key' });
    await expect(late).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(ask()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('that take long answer nobody who comes later than the cache allows', async () => {
    const { ask, change, pass, hold } = world();
    const release = hold();
    const early = ask();
    change({ revokedAt: new Date() });
    pass(500);
    const late = ask();
    release();
    await early;
    await expect(late).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('that fail are not remembered', async () => {
    const { ask, findCredential } = world();
    findCredential.mockRejectedValueOnce(new Error('no database'));
    await expect(ask()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await expect(ask()).resolves.toMatchObject({ keyName: 'Key' });
  });
});

test('a hash of an older pepper is accepted, and made anew once, whenever the database takes it', async () => {
  const { text, keyId, secretHash } = issueKey(PEPPER, 'live');
  const id = newId();
  const credential = { id, tenantId: newId(), keyId, secretHash, scopes: ['READ'], tenantStatus: 'ACTIVE' };
  const renewHashes = jest.fn(async () => undefined).mockRejectedValueOnce(new Error('no database'));
  const newest = 'newer-pepper-of-a-test-that-is-long-enough';
  const authenticator = new Authenticator({
    credentials: {
      findCredential: async () =>
        ({ collectionIds: null, allowedNetworks: null, ...credential }) as unknown as ApiKeyCredential,
      findLapsed: async () => [],
      recordUse: async () => undefined,
      renewHashes,
    },
    peppers: [newest, PEPPER],
    operatorKey: null,
    clock: steadyClock(),
  });
  await expect(authenticator.authenticate(text)).resolves.toMatchObject({ apiKeyId: id });
  await expect(authenticator.flushUses()).rejects.toThrow('no database');
  await authenticator.flushUses();
  const { secret } = parseKey(text)!;
  expect(renewHashes).toHaveBeenLastCalledWith([{ id, before: secretHash, after: hashSecret(newest, secret) }]);
  credential.secretHash = hashSecret(newest, secret);
  authenticator.forget(keyId);
  await authenticator.authenticate(text);
  await authenticator.flushUses();
  expect(renewHashes).toHaveBeenCalledTimes(2);
  credential.secretHash = hashSecret('a pepper that was retired', secret);
  authenticator.forget(keyId);
  await expect(authenticator.authenticate(text)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});
