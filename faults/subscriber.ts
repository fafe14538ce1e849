import type { LikenessClient } from '@likeness/client';

/** What a subscriber was told, as the table of events has it. */
export interface HeardEvent {
  readonly type: string;
  readonly jobId: string | null;
  readonly at: number;
}

/** Follows a collection over lost connections, and keeps what it hears. */
export class Subscriber {
  readonly heard: HeardEvent[] = [];
  failure: unknown;
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;

  /** @param after where it begins: what happens after that is to be heard once each, in order. */
  constructor(
    readonly name: string,
    client: LikenessClient,
    collectionId: string,
    after: string,
  ) {
    this.ended = this.follow(client, collectionId, after);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  private async follow(client: LikenessClient, collectionId: string, after: string): Promise<void> {
    try {
      const { signal } = this.stopping;
      for await (const { type, jobId, createdAt } of client.collectionEvents(collectionId, { after, signal })) {
        this.heard.push({ type, jobId: jobId ?? null, at: Date.parse(String(createdAt)) });
      }
    } catch (error) {
      if (!this.stopping.signal.aborted) this.failure = error;
    }
  }
}
