import { setTimeout as delay } from 'node:timers/promises';
import {
  ConsistencyLevelEnum,
  DataType,
  LoadState,
  MilvusClient,
  type collectionNameReq,
} from '@zilliz/milvus2-sdk-node';
import type { Metric } from '../../domain/calibration';
import { assertSuccess, milvusError, refusalOf, thrownError } from './milvus-answer';
import { FIELDS } from './milvus-expression';

export interface MilvusGatewayOptions {
  /** host:port */
  readonly address: string;
  readonly token?: string;
  readonly database?: string;
  /** How long one call may take, with all retries. */
  readonly deadlineMs: number;
}

/** What a Milvus collection is made for. */
export interface CollectionShape {
  readonly name: string;
  readonly dimension: number;
  readonly metric: Metric;
}

export interface MilvusRow {
  readonly vectorKey: bigint;
  readonly tenantId: string;
  readonly collectionId: string;
  readonly vector: Float32Array;
}

export interface MilvusHit {
  readonly vectorKey: string;
  readonly tenantId: string;
  readonly collectionId: string;
  readonly score: number;
}

export interface MilvusSearch {
  readonly expression: string;
  readonly probes: readonly Float32Array[];
  readonly k: number;
}

const CONNECTIVITY = 16;
const EXPANSION_ADD = 200;
/** A tenant that owns a few percent of a shared collection loses recall to the filter: this ef makes up for it. */
const EXPANSION_SEARCH = 256;
const PARTITIONS = 64;
const LOAD_POLL_MS = 50;
/** Without it a page is any of the rows, not the first: keys that are passed over are never seen. */
const FIRST_KEYS = { iterator: 'True' };

/** The only way to Milvus and the only importer of its SDK. Every answer passes one status check and one deadline. */
export class MilvusGateway {
  private readonly client: MilvusClient;
  private readonly deadlineMs: number;
  private readonly ready = new Map<string, Promise<void>>();
  private readonly inFlight = new Set<Promise<unknown>>();
  private closed = false;

  constructor({ address, token, database, deadlineMs }: MilvusGatewayOptions) {
    this.deadlineMs = deadlineMs;
    this.client = new MilvusClient({
      address,
      token,
      database,
      timeout: deadlineMs,
      logLevel: 'error',
      telemetry: { enabled: false },
      // The SDK's own 10 s, idle or not, is more than servers allow by default ("excess pings"); every call has a deadline.
      channelOptions: { 'grpc.keepalive_time_ms': 60_000, 'grpc.keepalive_permit_without_calls': 0 },
    });
    // The first call reports it, and the client connects again by itself.
    this.client.connectPromise.catch(() => undefined);
  }

  async ping(): Promise<void> {
    const health = await this.ask('answer a health check', () => this.client.checkHealth());
    if (!health.isHealthy) throw milvusError('answer a health check', 'REFUSED', health.reasons.join('; '));
  }

  /**
   * Makes the collection and its index where they are missing, and loads it.
   * @param beforeCreating is done before others can find it, empty as it is.
   */
  async ensureCollection(shape: CollectionShape, beforeCreating: () => Promise<void>): Promise<void> {
    const { name } = shape;
    if (!this.ready.has(name)) {
      if (!(await this.hasCollection(name))) {
        await beforeCreating();
        await this.createCollection(shape);
      }
      if (!(await this.hasIndex(name))) await this.createIndex(shape);
    }
    await this.load(name);
  }

  /** Inserts rows or replaces those of the same key. */
  async upsert(name: string, rows: readonly MilvusRow[]): Promise<void> {
    const data = rows.map((row) => ({
      [FIELDS.key]: String(row.vectorKey),
      [FIELDS.tenant]: row.tenantId,
      [FIELDS.collection]: row.collectionId,
      [FIELDS.vector]: Array.from(row.vector),
    }));
    const answer = await this.withLoaded(name, 'store vectors', (collection) =>
      this.client.upsert({ ...collection, data }),
    );
    if (Number(answer.upsert_cnt) !== rows.length) {
      throw milvusError('store vectors', 'REFUSED', `it stored ${answer.upsert_cnt} of ${rows.length}`);
    }
  }

  async delete(name: string, expression: string): Promise<void> {
    await this.withLoaded(name, 'delete vectors', (collection) => {
      return this.client.delete({ ...collection, filter: expression, consistency_level: 'Strong' });
    });
  }

  async count(name: string, expression: string): Promise<number> {
    const answer = await this.withLoaded(name, 'count vectors', (collection) =>
      this.client.query({
        ...collection,
        filter: expression,
        output_fields: ['count(*)'],
        consistency_level: ConsistencyLevelEnum.Strong,
      }),
    );
    return Number(answer.data[0]?.['count(*)'] ?? 0);
  }

  /** Keys of at most `limit` rows, ascending. */
  async listKeys(name: string, expression: string, limit: number): Promise<bigint[]> {
    const answer = await this.withLoaded(name, 'list keys', (collection) =>
      this.client.query({
        ...collection,
        filter: expression,
        output_fields: [FIELDS.key],
        limit,
        consistency_level: ConsistencyLevelEnum.Strong,
        params: FIRST_KEYS,
      }),
    );
    return answer.data.map((row) => BigInt(row[FIELDS.key] as string));
  }

  async readVectors(name: string, expression: string): Promise<{ vectorKey: bigint; vector: readonly number[] }[]> {
    const answer = await this.withLoaded(name, 'read vectors', (collection) =>
      this.client.query({
        ...collection,
        filter: expression,
        output_fields: [FIELDS.key, FIELDS.vector],
        consistency_level: ConsistencyLevelEnum.Strong,
      }),
    );
    return answer.data.map((row) => ({
      vectorKey: BigInt(row[FIELDS.key] as string),
      vector: row[FIELDS.vector] as number[],
    }));
  }

  /** One list a probe, best first as the server sorts them. */
  async search({ name, metric }: CollectionShape, { expression, probes, k }: MilvusSearch): Promise<MilvusHit[][]> {
    const answer = await this.withLoaded(name, 'search', (collection) =>
      this.client.search({
        ...collection,
        anns_field: FIELDS.vector,
        data: probes.map((probe) => Array.from(probe)),
        limit: k,
        filter: expression,
        metric_type: metricType(metric),
        params: { ef: Math.max(EXPANSION_SEARCH, k) },
        output_fields: [FIELDS.key, FIELDS.tenant, FIELDS.collection],
        consistency_level: ConsistencyLevelEnum.Strong,
      }),
    );
    const results = answer.results as unknown as MilvusHit[] | MilvusHit[][];
    if (results.length === 0) return probes.map(() => []); // no hit for any probe
    const lists = Array.isArray(results[0]) ? (results as MilvusHit[][]) : [results as MilvusHit[]];
    if (lists.length !== probes.length) {
      throw milvusError('search', 'REFUSED', `it answered ${lists.length} of ${probes.length} probes`);
    }
    return lists;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.inFlight);
    await this.client.closeConnection();
  }

  private async createCollection({ name, dimension }: CollectionShape): Promise<void> {
    try {
      await this.ask('create a collection', () =>
        this.client.createCollection({
          collection_name: name,
          consistency_level: 'Strong',
          enable_dynamic_field: false,
          num_partitions: PARTITIONS,
          fields: [
            { name: FIELDS.key, data_type: DataType.Int64, is_primary_key: true, autoID: false },
            { name: FIELDS.tenant, data_type: DataType.VarChar, max_length: 36, is_partition_key: true },
            { name: FIELDS.collection, data_type: DataType.VarChar, max_length: 36 },
            { name: FIELDS.vector, data_type: DataType.FloatVector, dim: dimension },
          ],
        }),
      );
    } catch (error) {
      // Another process may have been quicker.
      if (!(await this.hasCollection(name))) throw error;
    }
  }

  private async hasCollection(name: string): Promise<boolean> {
    const answer = await this.ask('look for a collection', () => this.client.hasCollection({ collection_name: name }));
    return answer.value === true;
  }

  private async hasIndex(name: string): Promise<boolean> {
    const index = { collection_name: name, field_name: FIELDS.vector };
    try {
      await this.ask('look for an index', () => this.client.describeIndex(index));
      return true;
    } catch (error) {
      if (refusalOf(error) === 'NO_INDEX') return false;
      throw error;
    }
  }

  private async createIndex({ name, metric }: CollectionShape): Promise<void> {
    try {
      await this.ask('create an index', () =>
        this.client.createIndex({
          collection_name: name,
          field_name: FIELDS.vector,
          index_type: 'HNSW',
          metric_type: metricType(metric),
          params: { M: CONNECTIVITY, efConstruction: EXPANSION_ADD },
        }),
      );
    } catch (error) {
      // Another process may have been quicker.
      if (!(await this.hasIndex(name))) throw error;
    }
  }

  /** Loads a collection once a connection: after a restart a server may hold it, but not answer from it. */
  private load(name: string): Promise<void> {
    const ready = this.ready.get(name);
    if (ready) return ready;
    const loading = this.loadNow({ collection_name: name });
    this.ready.set(name, loading);
    loading.catch(() => this.ready.delete(name));
    return loading;
  }

  private async loadNow(collection: collectionNameReq): Promise<void> {
    const doing = 'load a collection';
    // The SDK's own `loadCollection` hides the status of a failure, and waits without an end.
    await this.ask(doing, () => this.client.loadCollectionAsync(collection));
    const giveUpAt = performance.now() + this.deadlineMs;
    while ((await this.ask(doing, () => this.client.getLoadState(collection))).state !== LoadState.LoadStateLoaded) {
      if (performance.now() > giveUpAt) throw milvusError(doing, 'DEADLINE', `not loaded within ${this.deadlineMs} ms`);
      await delay(LOAD_POLL_MS);
    }
  }

  private async withLoaded<T>(
    name: string,
    doing: string,
    call: (collection: collectionNameReq) => Promise<T>,
  ): Promise<T> {
    const collection = { collection_name: name };
    await this.load(name);
    try {
      return await this.ask(doing, () => call(collection));
    } catch (error) {
      // The SDK hides why a search of a collection failed that is gone or released: loading it again tells.
      const refusal = refusalOf(error);
      if (refusal !== 'NOT_LOADED' && refusal !== 'NO_COLLECTION' && refusal !== 'REFUSED') throw error;
      this.ready.delete(name);
      await this.load(name);
      return await this.ask(doing, () => call(collection));
    }
  }

  private async ask<T>(doing: string, call: () => Promise<T>): Promise<T> {
    if (this.closed) throw milvusError(doing, 'CLOSED', 'the process is stopping');
    const asking = this.withDeadline(doing, call);
    this.inFlight.add(asking);
    try {
      const answer = await asking;
      assertSuccess(doing, answer);
      return answer;
    } catch (error) {
      const failure = thrownError(doing, error);
      if (refusalOf(failure) === 'UNREACHABLE' || refusalOf(failure) === 'DEADLINE') this.ready.clear();
      throw failure;
    } finally {
      this.inFlight.delete(asking);
    }
  }

  /** The SDK's own deadline begins anew with each of its retries. */
  private async withDeadline<T>(doing: string, call: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const reason = `no answer within ${this.deadlineMs} ms`;
      timer = setTimeout(() => reject(milvusError(doing, 'DEADLINE', reason)), this.deadlineMs);
    });
    try {
      return await Promise.race([call(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function metricType(metric: Metric): 'COSINE' | 'L2' {
  return metric === 'COSINE' ? 'COSINE' : 'L2';
}
