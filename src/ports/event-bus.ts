/**
 * Wake-up hints between processes: "look at tenant T's events". Hints may be lost, doubled or late; readers read
 * Postgres, and poll slowly in case a hint was lost.
 */
export interface EventBus {
  publish(tenantId: string): Promise<void>;
  /** Calls `listener` for each hint of the tenant until the answered function is called. */
  subscribe(tenantId: string, listener: () => void): () => void;
  ping(): Promise<void>;
  close(): Promise<void>;
}
