import { chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { forgetSecret, loadSecrets, readSecretsFile, rotateSecret } from '../../src/infra/postgres/secrets';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'likeness-secrets-'))));
afterEach(() => rm(folder, { recursive: true }));

test('a folder from before gives the audit what its keys were derived from, and keeps it over rotations', async () => {
  const { auditKey: _, ...before } = await loadSecrets(folder);
  await writeFile(path.join(folder, 'secrets.json'), JSON.stringify({ ...before, old: undefined }));
  const upgraded = await loadSecrets(folder);
  expect(upgraded).toMatchObject({ auditKey: before.signingKey, signingKey: before.signingKey, old: [] });
  const made = await rotateSecret(folder, 'signingKey', new Date('2026-11-28T12:00:00Z'));
  const replaced = { of: 'signingKey', secret: before.signingKey, replacedAt: '2026-11-28T12:00:00.000Z' };
  expect(await loadSecrets(folder)).toMatchObject({ auditKey: before.signingKey, signingKey: made, old: [replaced] });
  expect((await stat(path.join(folder, 'secrets.json'))).mode & 0o777).toBe(0o600);
  // Given from outside: what the file has replaced is not what was given.
  expect((await loadSecrets(folder, { signingKey: 'given' })).old).toEqual([]);
  await forgetSecret(folder, before.signingKey);
  expect((await loadSecrets(folder)).old).toEqual([]);
});

test('a rotation before the first start of this version leaves the audit its key, and the file its owner', async () => {
  const { auditKey: _, ...before } = await loadSecrets(folder);
  const file = path.join(folder, 'secrets.json');
  await writeFile(file, JSON.stringify({ ...before, old: undefined }));
  // Only root can give a file to somebody else.
  if (process.geteuid?.() === 0) await chown(file, 65_534, 65_534);
  const { uid } = await stat(file);
  await rotateSecret(folder, 'signingKey', new Date());
  expect((await stat(file)).uid).toBe(uid);
  expect((await loadSecrets(folder)).auditKey).toBe(before.signingKey);
});

test('each has an audit secret of its own in a new folder', async () => {
  const { auditKey, signingKey, keyPepper } = await loadSecrets(folder);
  expect(new Set([auditKey, signingKey, keyPepper]).size).toBe(3);
  expect(JSON.parse(await readFile(path.join(folder, 'secrets.json'), 'utf8'))).toMatchObject({ auditKey });
});

test('there is nothing to rotate where nothing was made, nor in a file that is none of ours', async () => {
  expect(await readSecretsFile(folder)).toBeUndefined();
  await expect(rotateSecret(folder, 'keyPepper', new Date())).rejects.toMatchObject({ code: 'CONFLICT' });
  for (const text of [
    '{',
    '{"old":{}}',
    '{"old":[{"of":"auditKey","secret":"x","replacedAt":"y"}]}',
    '{"auditKey":1}',
  ]) {
    await writeFile(path.join(folder, 'secrets.json'), text);
    await expect(readSecretsFile(folder)).rejects.toMatchObject({ code: 'CONFLICT' });
  }
});
