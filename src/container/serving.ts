import { AuditSecrets } from '../domain/audit-secrets';
import { CursorCodec } from '../domain/cursor';
import { AddressHolders } from '../http/address-holders';
import { AddressSigner } from '../http/address-signer';
import { Authenticator } from '../http/authentication';
import { ClientAddresses } from '../http/client-address';
import { createCoverRouter } from '../http/cover-routes';
import { createImageRouter } from '../http/image-routes';
import { isThisMachineOnly } from '../http/listening';
import { LoginCookie } from '../http/login-cookie';
import { LoginSessions } from '../http/login-sessions';
import { Revocations } from '../http/revocations';
import { createApiServer } from '../http/server';
import { ServerAddress } from '../http/server-address';
import { createUploadRouter } from '../http/upload-routes';
import { SharpImageCropper } from '../infra/sharp/sharp-image-cropper';
import { CheckpointFolder } from '../infra/storage/checkpoint-folder';
import { CheckpointWriter } from '../modules/audit/checkpoint-writer.service';
import { MAX_IMAGE_BYTES } from '../modules/images/image-loader.service';
import { KnownLimits } from '../modules/rates/known-limits';
import { Rates } from '../modules/rates/rates.service';
import { steadyClock } from '../ports/clock';
import type { Closers } from './closers';
import { createMetrics, measureRefusals } from './metrics';
import { dependenciesOf } from './dependencies';
import { createFeatures, resolversOf, type Features } from './features';
import type { FoundationSecrets } from './foundation';
import type { Parts } from './parts';

export interface Serving {
  /** Where the API listens. */
  readonly url: string;
  readonly features: Features;
}

/** Makes the features and answers for them. @returns once it listens. */
export async function startServing(parts: Parts, secrets: FoundationSecrets, closers: Closers): Promise<Serving> {
  const { config, logger, system, images, room } = parts;
  const revocations = new Revocations();
  const accessClock = steadyClock();
  const address = new ServerAddress({ publicUrl: config.publicUrl, host: config.host });
  const authenticator = new Authenticator({
    credentials: system.credentials,
    peppers: secrets.keyPeppers,
    operatorKey: secrets.operatorKey,
    clock: accessClock,
  });
  const holders = new AddressHolders(system.credentials, accessClock);
  revocations.onRevoked((key) => {
    authenticator.forget(key.keyId);
    holders.forget(key.id);
  });
  const addresses = new AddressSigner({
    publicUrl: address.urlFor,
    keys: secrets.signingKeys,
    clock: accessClock,
    ttlMs: config.addressTtlMs,
  });
  const auditSecrets = new AuditSecrets(secrets.auditKey);
  const features = createFeatures({
    ...parts,
    peppers: secrets.keyPeppers,
    auditSecrets,
    cursors: new CursorCodec(secrets.signingKeys),
    addresses,
    accessClock,
    onKeyRevoked: revocations.tell,
  });
  const { uploads, access } = features.images;
  const rates = new Rates({ limiter: parts.limiter, limits: new KnownLimits(system.tenants), usage: parts.usage });
  const cropper = new SharpImageCropper();
  const clients = new ClientAddresses(config.trustedProxies);
  const shared = {
    imageStore: images,
    holders,
    signingKeys: secrets.signingKeys,
    clock: accessClock,
    addresses: clients,
    logger,
  };
  const registry = createMetrics({ ...parts, ...system });
  measureRefusals(registry, { budgets: features.recognition.budgets, rates });
  const server = await createApiServer({
    resolvers: resolversOf(features),
    authenticator,
    logins: {
      sessions: new LoginSessions({
        logins: system.logins,
        authenticator,
        peppers: secrets.keyPeppers,
        clock: accessClock,
      }),
      cookie: new LoginCookie({ nameKey: secrets.auditKey, publicUrl: config.publicUrl }),
      clock: accessClock,
    },
    events: features.events.reader,
    logger,
    production: config.environment === 'production',
    corsOrigins: config.corsOrigins,
    uploadOrigin: parts.directUploads?.origin ?? null,
    addresses: clients,
    dependencies: dependenciesOf(parts),
    audit: features.audit.entries,
    room,
    rates,
    metrics: {
      registry,
      token: config.metricsToken,
      isLocalOnly: isThisMachineOnly(config.host),
    },
    routers: [
      createUploadRouter({ ...shared, uploads, rates, room, maxBytes: MAX_IMAGE_BYTES }),
      createImageRouter({ ...shared, images: access, cropper, audit: features.audit.reads }),
      createCoverRouter({ ...shared, granted: features.sharing.granted, cropper, audit: features.audit.reads }),
    ],
  });
  revocations.onRevoked((key) => server.disconnectKey(key.id));
  const { checkpointFolder: folder } = config;
  if (folder !== undefined) {
    const checkpoints = new CheckpointWriter({
      heads: system.audit,
      signer: auditSecrets.checkpointSigner(),
      store: new CheckpointFolder(folder),
      clock: parts.clock,
      onError: (err) => logger.error({ err, folder }, 'checkpoints of the audit cannot be written'),
    });
    checkpoints.start();
    closers.add('checkpoints of the audit', () => checkpoints.stop());
  }
  closers.add('API', () => server.close());
  const url = await server.start(config.port, config.host);
  address.listensAt(url);
  logger.info({ url }, 'API is listening');
  return { url, features };
}
