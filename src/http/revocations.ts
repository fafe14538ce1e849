import type { ApiKeyRecord } from '../records/api-key';

/** Tells those in this process who hold something of a key that it has been revoked. */
export class Revocations {
  private readonly listeners: ((key: ApiKeyRecord) => void)[] = [];

  /** Calls `listener` with each key that is revoked from now on. It must not throw. */
  onRevoked(listener: (key: ApiKeyRecord) => void): void {
    this.listeners.push(listener);
  }

  readonly tell = (key: ApiKeyRecord): void => {
    for (const listener of this.listeners) listener(key);
  };
}
