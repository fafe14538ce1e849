import { createHash } from 'node:crypto';
import { copyFile, mkdir, open, readdir, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { GONE, GraphFile } from './graph-file';
import type { GraphShard } from './graph-shard';
import {
  makeManifest,
  parseManifest,
  serializeManifest,
  type SnapshotFile,
  type SnapshotGraph,
} from './snapshot-manifest';
import { SpaceIndex, type SpaceState } from './space-index';
import type { SpaceIdentity, ThreadSettings } from './thread-protocol';
import { decodeState, encodeState } from './snapshot-state';

const CHUNK_BYTES = 1 << 20;

/**
 * The files of one space: `<base>.json` (the sidecar), `<base>.<revision>.state` (keys and the exact part) and
 * `<base>.<revision>.g<n>.usearch` (one a graph, written again only when it has grown or lost a vector). Every file gets
 * a name of its own, is synced and measured, and counts only when the sidecar that names it has been renamed into place.
 * From then on no file holds the vector of a face whose removal it counts.
 */
export class SnapshotStore {
  private graphs = new Map<number, SnapshotGraph>();
  private revision = 0;
  /** Changes when what is being written has become worthless. */
  private generation = 0;
  /** Writes and removals one after another. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly space: SpaceIdentity,
    private readonly settings: ThreadSettings,
  ) {}

  private get basePath(): string {
    return join(this.settings.directory, this.space.base);
  }

  /** Answers an empty space, and says why, when the snapshot cannot be trusted. */
  async load(warn: (message: string) => void): Promise<SpaceIndex> {
    let sidecar: string;
    try {
      sidecar = await readFile(`${this.basePath}.json`, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') warn(this.describe(error));
      return this.empty();
    }
    try {
      const index = await this.read(sidecar);
      await this.removeOthers();
      return index;
    } catch (error) {
      warn(this.describe(error));
      await this.discard();
      return this.empty();
    }
  }

  /** The watermark of the snapshot in place; 0n where there is none, or none that can be read. */
  async durableSeq(): Promise<bigint> {
    try {
      return BigInt(parseManifest(await readFile(`${this.basePath}.json`, 'utf8'), this.space).watermark);
    } catch {
      return 0n;
    }
  }

  /**
   * Writes what the index holds when its turn comes, as it stands at one moment.
   * @throws Error when the disk refuses; the snapshot before it stays.
   */
  save(index: SpaceIndex): Promise<void> {
    const generation = this.generation;
    return this.inTurn(async () => {
      if (generation === this.generation) await this.write(index, generation);
    });
  }

  /** Makes the snapshot, and one being written, never count again. */
  discard(): Promise<void> {
    this.generation++;
    return this.inTurn(async () => {
      this.graphs.clear();
      await rm(`${this.basePath}.json`, { force: true });
      await this.removeOthers();
    });
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.queue;
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async write(index: SpaceIndex, generation: number): Promise<void> {
    const prefix = `${this.basePath}.${this.revision + 1}`;
    await mkdir(dirname(this.basePath), { recursive: true, mode: 0o700 });
    this.revision++;
    // From here to the first await the index stands still: graphs, keys and watermark belong together.
    const written: GraphShard[] = [];
    const copies = new Map<number, string>();
    try {
      const fileOf = (graph: GraphShard) => `${prefix}.g${graph.id}.usearch`;
      for (const graph of index.graphs.values()) {
        const before = this.graphs.get(graph.id);
        if (before && !graph.dirty && !graph.unforgotten) continue;
        written.push(graph);
        // One that has only lost vectors is copied, for which no search has to wait.
        if (before && !graph.dirty) copies.set(graph.id, join(dirname(this.basePath), before.name));
        else graph.save(fileOf(graph));
        graph.dirty = false;
        graph.unforgotten = false;
      }
      index.changed = false;
      const count = index.stats().count;
      const state = index.state((graph) => (written.includes(graph) ? fileOf(graph) : ''));
      const graphs = await Promise.all(state.graphs.map((graph) => this.finishGraph(graph, copies.get(graph.id))));
      const stateFile = await this.writeState(`${prefix}.state`, state);
      const manifest = makeManifest(this.space, {
        count,
        watermark: String(state.watermark),
        state: stateFile,
        graphs,
      });
      const temporary = `${prefix}.json.tmp`;
      await writeSynced(temporary, [Buffer.from(serializeManifest(manifest))]);
      if (generation !== this.generation) return;
      await rename(temporary, `${this.basePath}.json`);
      await syncDirectory(dirname(this.basePath));
      this.graphs = new Map(graphs.map((graph) => [graph.id, graph]));
    } catch (error) {
      for (const graph of written) graph.dirty = true;
      index.changed = true;
      throw error;
    } finally {
      await this.removeOthers();
    }
  }

  empty(): SpaceIndex {
    return new SpaceIndex(this.space, this.settings, this.basePath);
  }

  private describe(error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error);
    return `The snapshot of collection ${this.space.collectionId} is not used (${reason}); its index is built again.`;
  }

  private async read(sidecar: string): Promise<SpaceIndex> {
    const manifest = parseManifest(sidecar, this.space);
    const directory = dirname(this.basePath);
    for (const file of [manifest.state, ...manifest.graphs]) await assertFile(directory, file);
    const content = decodeState(await readFile(join(directory, manifest.state.name)));
    const graphs = manifest.graphs.map(({ id, nodes, name }, i) => {
      const ids = content.graphIds[i];
      if (ids?.length !== nodes) throw new Error('a graph has another number of nodes');
      return { id, ids, file: join(directory, name) };
    });
    const { unique, exact } = content;
    const state: SpaceState = { watermark: BigInt(manifest.watermark), unique, exact, graphs };
    const index = new SpaceIndex(this.space, this.settings, this.basePath, state);
    if (index.stats().count !== manifest.count) throw new Error('it holds another number of vectors');
    this.graphs = new Map(manifest.graphs.map((graph) => [graph.id, graph]));
    this.revision = Number(manifest.state.name.split('.').at(-2));
    return index;
  }

  private async finishGraph(graph: SpaceState['graphs'][number], copyOf?: string): Promise<SnapshotGraph> {
    if (graph.file === '') return this.graphs.get(graph.id)!;
    if (copyOf !== undefined) await copyFile(copyOf, graph.file);
    const file = new GraphFile(graph.file, graph.ids.length, this.space.dimension);
    try {
      if (graph.ids.includes(GONE)) await file.forget(graph.ids);
    } finally {
      file.close();
    }
    const handle = await open(graph.file, 'r+');
    try {
      await handle.chmod(0o600);
      await handle.sync();
      return { id: graph.id, nodes: graph.ids.length, ...(await measure(handle, graph.file)) };
    } finally {
      await handle.close();
    }
  }

  private async writeState(path: string, state: SpaceState): Promise<SnapshotFile> {
    const chunks = encodeState({
      unique: state.unique,
      exact: state.exact,
      graphIds: state.graphs.map((graph) => graph.ids),
    });
    await writeSynced(path, chunks);
    const handle = await open(path, 'r');
    try {
      const file = await measure(handle, path);
      const expected = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      if (file.bytes !== expected) throw new Error(`the state file has ${file.bytes} bytes instead of ${expected}`);
      return file;
    } finally {
      await handle.close();
    }
  }

  /** Removes this space's files that the sidecar in place does not name. */
  private async removeOthers(): Promise<void> {
    const directory = dirname(this.basePath);
    const own = `${basename(this.basePath)}.`;
    const names = await readdir(directory).catch(() => []);
    const sidecar = await readFile(`${this.basePath}.json`, 'utf8').catch(() => '');
    for (const name of names) {
      if (!name.startsWith(own) || name === `${own}json` || sidecar.includes(`\\"${name}\\"`)) continue;
      await rm(join(directory, name), { force: true });
    }
  }
}

async function writeSynced(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    for (const chunk of chunks) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function measure(handle: FileHandle, path: string): Promise<SnapshotFile> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, bytes);
    if (bytesRead === 0) return { name: basename(path), bytes, sha256: hash.digest('hex') };
    hash.update(chunk.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}

async function assertFile(directory: string, expected: SnapshotFile): Promise<void> {
  if (basename(expected.name) !== expected.name) throw new Error('its sidecar names a file elsewhere');
  const handle = await open(join(directory, expected.name), 'r');
  try {
    const { bytes, sha256 } = await measure(handle, expected.name);
    if (bytes !== expected.bytes || sha256 !== expected.sha256) throw new Error(`${expected.name} was damaged`);
  } finally {
    await handle.close();
  }
}
