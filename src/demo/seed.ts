import 'reflect-metadata';
import { createClient } from '@likeness/client';
import path from 'node:path';
import { loadConfig, type Config } from '../config';
import { startPlatform } from '../container';
import { createLogger } from '../container/logging';
import { reasonOf } from '../container/reason';
import { leaveSoon, stopSignal } from '../container/stop-signal';
import { DomainError } from '../domain/errors';
import { localUrl } from '../http/listening';
import { findRunningServer } from '../infra/postgres/running-server';
import { readOperatorKey } from '../infra/postgres/secrets';
import { enrol } from './enrolment';
import { packageImages } from './gallery';
import { nameTheUnnamed, openCollection } from './story';
import { openTenant } from './tenant';

const TENANT_NAME = 'Photographs';
/** Long enough to build against, and an end for a key that lies in a browser's tab. */
const KEY_LIFETIME_DAYS = 30;

interface Server {
  readonly url: string;
  /** Where Likeness is after this command, too. */
  readonly lastingUrl: string;
  readonly operatorKey: string;
  close(): Promise<void>;
}

/**
 * The server that runs on this data folder, or one for as long as it takes.
 * @throws DomainError CONFLICT when the folder is held by what cannot be asked.
 */
async function reachServer(config: Config, stopping: AbortSignal): Promise<Server> {
  const url = await findRunningServer(config.dataDir);
  if (url !== null) {
    const operatorKey = config.secrets.operatorKey ?? (await readOperatorKey(config.dataDir));
    if (operatorKey) return { url, lastingUrl: url, operatorKey, close: async () => undefined };
    throw new DomainError('CONFLICT', `The Likeness on ${url} was given its LIKENESS_OPERATOR_KEY: give it here, too.`);
  }
  console.log('Starting Likeness for this, since none runs');
  const platform = await startPlatform(
    { ...config, role: 'all', port: 0 },
    createLogger({ level: 'warn', to: 2 }),
    stopping,
  );
  return {
    url: platform.url!,
    lastingUrl: localUrl(config.host, config.port),
    operatorKey: platform.operatorKey,
    close: () => platform.close(),
  };
}

/**
 * `npm run seed`: a tenant with real photographs (those that an npm package carries), each face a person of its own, to look
 * at in GraphiQL or to build against. It can be called again: nothing is enrolled twice, each call makes another key.
 *
 * @throws DomainError FORBIDDEN in production.
 */
async function main(): Promise<void> {
  const config: Config = { ...loadConfig(), publicUrl: undefined };
  if (config.environment === 'production') {
    throw new DomainError(
      'FORBIDDEN',
      'npm run seed makes a tenant and a key to try things with: it does not run with NODE_ENV=production.',
    );
  }
  const server = await reachServer(
    config,
    stopSignal(() => console.log('\nStopping')),
  );
  try {
    const tenant = { name: TENANT_NAME, idFile: path.join(config.dataDir, 'seed-tenant') };
    const expiresAt = new Date(Date.now() + KEY_LIFETIME_DAYS * 86_400_000);
    const key = await openTenant(createClient({ url: server.url, apiKey: server.operatorKey }), tenant, expiresAt);
    const likeness = createClient({ url: server.url, apiKey: key });
    const { collection, gallery, probes } = packageImages();
    const { id } = await openCollection(likeness, collection, undefined);
    const all = [...gallery, { person: null, label: 'Photo-3', file: probes[0]!, shown: 'photo 3' }];
    const { indexed, known } = await enrol(likeness, id, all, () => undefined);
    await nameTheUnnamed(likeness, id);
    await likeness.close();
    console.log(`${indexed.length} photographs enrolled, ${known.length} were there already

Collection  ${id}
Key         ${key} (works for ${KEY_LIFETIME_DAYS} days)

With npm start running, open ${server.lastingUrl}/graphql, put this into the Headers tab
{ "Authorization": "Bearer ${key}" }
and run
{ persons(collectionId: "${id}") { nodes { displayName faces(first: 1) { nodes { cropUrl } } } } }`);
  } finally {
    await server.close();
  }
}

const ended = main().catch((error: unknown) => {
  console.error(reasonOf(error));
  process.exitCode = 1;
});
void ended.then(leaveSoon);
