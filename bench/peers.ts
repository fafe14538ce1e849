import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FaceAnalyzer } from '../src/ports/face-analyzer';
import { analyzeLargest } from '../workers/evaluation/embedded-images';
import { inParallel } from '../workers/evaluation/in-parallel';
import type { PeerAnswer, PeerSettings } from './peer-thread';

const PEERS = ['human', 'faceApi'] as const;
/** The analyzer and the peers take turns this often, so that whatever else the machine does falls on all of them alike. */
const ROUNDS = 5;
const WARM_UP = 3;

export interface PeerFigures {
  readonly imagesPerSecond: number;
  readonly backend: string;
  readonly facesFound: number;
}

export interface Comparison {
  /** Of the analyzer, on the same images in the same minutes. */
  readonly imagesPerSecond: number;
  readonly peers: Readonly<Record<(typeof PEERS)[number], PeerFigures>>;
}

/** The next message of a thread, or its death as an error. */
export const nextMessage = <T>(thread: Worker): Promise<T> =>
  new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });

/** A peer on as many threads as the analyzer has. */
class Peer {
  facesFound = 0;
  backend = '';
  seconds = 0;
  readonly #threads: readonly Worker[];

  private constructor(threads: readonly Worker[]) {
    this.#threads = threads;
  }

  static async start(peer: PeerSettings['peer'], warmUp: readonly string[], count: number): Promise<Peer> {
    const workerData: PeerSettings = { peer, warmUp };
    const file = path.join(__dirname, 'peer-thread.js');
    const threads = Array.from({ length: count }, () => new Worker(file, { workerData }));
    await Promise.all(threads.map((thread) => nextMessage(thread)));
    return new Peer(threads);
  }

  async run(files: readonly string[]): Promise<void> {
    const start = performance.now();
    const answers = await Promise.all(
      this.#threads.map((thread, i) => {
        const answer = nextMessage<PeerAnswer>(thread);
        thread.postMessage(files.filter((_file, k) => k % this.#threads.length === i));
        return answer;
      }),
    );
    this.seconds += (performance.now() - start) / 1000;
    for (const { faces, backend } of answers) {
      this.facesFound += faces;
      this.backend = backend;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}

/** The analyzer and both peers over the same images, in turns. */
export async function comparePeers(
  analyzer: FaceAnalyzer,
  files: readonly string[],
  threads: number,
): Promise<Comparison> {
  const peers: Record<string, Peer> = {};
  for (const name of PEERS) peers[name] = await Peer.start(name, files.slice(0, WARM_UP), threads);
  let seconds = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const part = files.filter((_file, i) => i % ROUNDS === round);
    const start = performance.now();
    await inParallel(part, async (file) => void (await analyzeLargest(analyzer, file)));
    seconds += (performance.now() - start) / 1000;
    for (const peer of Object.values(peers)) await peer.run(part);
  }
  await Promise.all(Object.values(peers).map((peer) => peer.close()));
  const perSecond = (took: number): number => Number((files.length / took).toFixed(2));
  const figures = Object.entries(peers).map(([name, { seconds: took, backend, facesFound }]) => [
    name,
    { imagesPerSecond: perSecond(took), backend, facesFound },
  ]);
  return { imagesPerSecond: perSecond(seconds), peers: Object.fromEntries(figures) as Comparison['peers'] };
}
