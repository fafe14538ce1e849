import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { AuditHead } from './audit-chain';

/** How far a tenant's audit had come at a time, signed: whoever keeps one sees when rows up to it are changed or cut off later. */
export interface AuditCheckpoint {
  readonly version: 1;
  readonly tenantId: string;
  /** 0: there was no row yet. */
  readonly seq: string;
  /** 64 hex digits. */
  readonly chain: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** SHA-256 of the public key, 64 hex digits: compare it with what you were told of the server. */
  readonly keyId: string;
  /** SPKI, DER, base64. */
  readonly publicKey: string;
  /** Ed25519 over `signedText`, base64. */
  readonly signature: string;
}

type Unsigned = Pick<AuditCheckpoint, 'tenantId' | 'seq' | 'chain' | 'at'>;

/** PKCS#8 of an Ed25519 key, up to its 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Lines, so that any tool can check the signature. */
export function signedText({ tenantId, seq, chain, at }: Unsigned): string {
  return `likeness-audit-checkpoint-1\n${tenantId}\n${seq}\n${chain}\n${at}\n`;
}

/** Signs checkpoints with an Ed25519 key. */
export class CheckpointSigner {
  private readonly key: KeyObject;
  private readonly publicKey: Buffer;

  /** @param seed 32 bytes. */
  constructor(seed: Uint8Array) {
    this.key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
    this.publicKey = createPublicKey(this.key).export({ format: 'der', type: 'spki' });
  }

  sign(tenantId: string, head: AuditHead, now: Date): AuditCheckpoint {
    const chain = Buffer.from(head.chain).toString('hex');
    const unsigned = { tenantId, seq: head.seq.toString(), chain, at: now.toISOString() };
    return {
      version: 1,
      ...unsigned,
      keyId: createHash('sha256').update(this.publicKey).digest('hex'),
      publicKey: this.publicKey.toString('base64'),
      signature: sign(null, Buffer.from(signedText(unsigned)), this.key).toString('base64'),
    };
  }
}

/** Whether the signature is that of the key that the checkpoint names. Whose key that is, `keyId` alone tells. */
export function isSigned(checkpoint: AuditCheckpoint): boolean {
  const der = Buffer.from(checkpoint.publicKey, 'base64');
  if (createHash('sha256').update(der).digest('hex') !== checkpoint.keyId) return false;
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return verify(null, Buffer.from(signedText(checkpoint)), key, Buffer.from(checkpoint.signature, 'base64'));
  } catch {
    return false;
  }
}
