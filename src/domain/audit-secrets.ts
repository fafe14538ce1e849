import { createHmac, hkdfSync } from 'node:crypto';
import { CheckpointSigner } from './audit-checkpoint';

/**
 * What the audit keeps secret, made of its own secret (HKDF). That is never rotated with the signing key: checkpoints and digests of before
 * would no longer fit.
 */
export class AuditSecrets {
  constructor(private readonly auditKey: string) {}

  /**
   * HMAC-SHA256 of an image's SHA-256, 64 hex digits: who has the key can tell whether an image was searched for, nobody else can link
   * rows to an image. Every tenant has a key of its own.
   */
  probeDigest(tenantId: string, sha256: Uint8Array): string {
    return createHmac('sha256', this.derive(`likeness-audit-probe-1 ${tenantId}`))
      .update(sha256)
      .digest('hex');
  }

  checkpointSigner(): CheckpointSigner {
    return new CheckpointSigner(this.derive('likeness-audit-checkpoint-1'));
  }

  private derive(label: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.auditKey, '', label, 32));
  }
}
