import { MilvusClient } from '@zilliz/milvus2-sdk-node';

const PAGE = 16_384;

/** Keys that Milvus has of a collection, read past the product. */
export class IndexKeys {
  private readonly client: MilvusClient;

  /** @param address host:port of the server itself. */
  constructor(address: string) {
    this.client = new MilvusClient({
      address,
      logLevel: 'error',
      telemetry: { enabled: false },
      // The SDK's own 10 s are more than servers allow.
      channelOptions: { 'grpc.keepalive_time_ms': 60_000, 'grpc.keepalive_permit_without_calls': 0 },
    });
    this.client.connectPromise.catch(() => undefined);
  }

  /** In ascending order; a key that is there twice comes twice. @throws Error when Milvus refuses. */
  async list(collectionId: string): Promise<bigint[]> {
    const { data, status } = await this.client.showCollections();
    if (status.error_code !== 'Success') throw new Error(`Milvus lists no collections: ${status.reason}`);
    const keys: bigint[] = [];
    for (const { name } of data.filter((one) => one.name.startsWith('likeness_'))) {
      await this.client.loadCollection({ collection_name: name });
      const answer = await this.client.query({
        collection_name: name,
        filter: `collectionId == ${JSON.stringify(collectionId)}`,
        output_fields: ['vectorKey'],
        limit: PAGE,
        consistency_level: 'Strong' as never,
      });
      if (answer.status.error_code !== 'Success') throw new Error(`Milvus lists no keys: ${answer.status.reason}`);
      if (answer.data.length === PAGE) throw new Error(`A collection of ${PAGE} faces is more than can be listed`);
      keys.push(...answer.data.map((row) => BigInt(String(row['vectorKey']))));
    }
    return keys.sort((a, b) => (a < b ? -1 : 1));
  }

  close(): Promise<unknown> {
    return this.client.closeConnection();
  }
}
