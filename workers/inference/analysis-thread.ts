import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { DomainError } from '../../src/domain/errors';
import { embedTogether, ImageAnalysis } from './image-analysis';
import { PackEngine } from './pack-engine';
import { packIdOf } from './pack-manifest';
import { selfTest } from './pack-self-test';
import { withPauses, type InferenceRuntime } from './runtime';
import type { FromThread, PackFailure, PlainError, ThreadJob, ThreadSettings, ToThread } from './thread-messages';

const port: MessagePort = parentPort!;
const engines = new Map<string, PackEngine>();
const runtimes = new Map<string, Promise<InferenceRuntime>>();
/** What came while the thread was at work, in order: images that go ahead, and everything else. */
const interactive: ThreadJob[] = [];
const inbox: Exclude<ToThread, { kind: 'interactive' }>[] = [];

function receive(message: ToThread): void {
  if (message.kind === 'interactive') interactive.push(message.job);
  else inbox.push(message);
}

/** Loaded when the first pack asks: a thread without tfjs packs never pays for tfjs. */
function runtimeFor(name: 'onnxruntime' | 'tfjs'): Promise<InferenceRuntime> {
  let runtime = runtimes.get(name);
  if (runtime === undefined) {
    runtime =
      name === 'onnxruntime'
        ? import('./onnx-runtime.js').then(({ OnnxRuntime }) => withPauses(new OnnxRuntime(), betweenRuns))
        : import('./tfjs-runtime.js').then(async ({ TfjsRuntime }) =>
            withPauses(await TfjsRuntime.create(), betweenRuns),
          );
    runtimes.set(name, runtime);
  }
  return runtime;
}

const send = (message: FromThread): void => port.postMessage(message);

const settings = workerData as ThreadSettings;

async function loadPacks(packs: ThreadSettings['packs']): Promise<void> {
  const labels: Record<string, string> = {};
  const failures: PackFailure[] = [];
  for (const pack of packs) {
    const packId = packIdOf(pack.manifest);
    try {
      const engine = await PackEngine.load(pack, runtimeFor, settings.engine);
      await selfTest(engine, pack);
      engines.set(packId, engine);
      labels[packId] = (await runtimeFor(pack.manifest.embedders[0]!.model.runtime)).label;
    } catch (error) {
      failures.push({ packId, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  send({ kind: 'ready', runtimes: labels, failures });
}

function plain(error: unknown): PlainError {
  if (error instanceof DomainError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.details === undefined ? {} : { details: error.details }),
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL_SERVER_ERROR', message: `The analysis of the image failed: ${reason}` };
}

function begin(job: ThreadJob): ImageAnalysis {
  if (job.deadlineMs !== undefined && Date.now() > job.deadlineMs) {
    throw new DomainError(
      'TIMEOUT',
      'The deadline passed before the analysis began: allow more time or send fewer images.',
    );
  }
  const engine = engines.get(job.packId);
  if (engine === undefined) {
    throw new DomainError(
      'DEPENDENCY_UNAVAILABLE',
      `Pack ${job.packId} did not load in this thread: see the log, then try again.`,
    );
  }
  return new ImageAnalysis(job, engine);
}

async function analyzeOne(job: ThreadJob): Promise<void> {
  try {
    const analysis = begin(job);
    await analysis.prepare();
    await embedTogether([analysis], async () => {});
    await analysis.finish();
    send({ kind: 'result', id: job.id, image: analysis.result() });
  } catch (error) {
    send({ kind: 'error', id: job.id, error: plain(error) });
  }
}

/** What bulk is owed for the time that searches took, in milliseconds; below 0 it has had more than its share. */
let owedMs = 0;
/** Since when the step of a batch runs; undefined when none does. */
let stepSince: number | undefined;
/** How much more than its share bulk may have had: searches get no more than this at once in return. */
const MOST_AHEAD_MS = 500;

/** Whether a search is being done in the middle of a batch. */
let isPassing = false;
let interactiveTaken = 0;

/** Takes what arrived in the middle of a batch; interactive images are done at once, as long as bulk gets its share. */
async function letInteractivePass(): Promise<void> {
  const { bulkShare } = settings;
  isPassing = true;
  if (stepSince !== undefined) owedMs = Math.max(owedMs - (performance.now() - stepSince), -MOST_AHEAD_MS);
  for (;;) {
    for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) {
      receive(got.message as ToThread);
    }
    const bulkWaits = stepSince !== undefined || inbox.some(({ kind }) => kind === 'bulk');
    if (!bulkWaits) owedMs = 0;
    const job = owedMs > 0 ? undefined : interactive.shift();
    if (job === undefined) break;
    interactiveTaken++;
    const start = performance.now();
    await analyzeOne(job);
    owedMs += ((performance.now() - start) * bulkShare) / (1 - bulkShare);
  }
  isPassing = false;
  if (stepSince !== undefined) stepSince = performance.now();
}

/** Before each run of a net: a search waits for one run of one net, however long the step is. */
function betweenRuns(): Promise<void> | undefined {
  const waits = Atomics.load(settings.interactiveGiven, 0) > interactiveTaken;
  return waits && stepSince !== undefined && !isPassing ? letInteractivePass() : undefined;
}

/** Ends the wait of {@link whileElsewhere}: a message has come. */
let wake: (() => void) | undefined;

/** Waits for what another thread does, decoding or encoding; searches that come meanwhile are done, bulk's share kept. */
async function whileElsewhere<T>(elsewhere: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
    wake?.();
  };
  elsewhere.then(over, over);
  while (!isOver) {
    await new Promise<void>((resolve) => {
      const timer = interactive.length > 0 ? setTimeout(resolve, Math.ceil(owedMs)) : undefined;
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (!isOver) await letInteractivePass();
  }
  wake = undefined;
  return elsewhere;
}

async function analyzeBulk(jobs: readonly ThreadJob[]): Promise<void> {
  stepSince = performance.now();
  const begun: ImageAnalysis[] = [];
  const failed = (job: ThreadJob, error: unknown): void => send({ kind: 'error', id: job.id, error: plain(error) });
  for (const job of jobs) {
    try {
      begun.push(begin(job));
    } catch (error) {
      failed(job, error);
    }
  }
  const prepared: ImageAnalysis[] = [];
  for (const [i, analysis] of begun.entries()) {
    await letInteractivePass();
    try {
      const preparing = analysis.prepare(whileElsewhere);
      // The next image is decoded while the nets look at this one.
      void begun[i + 1]?.decode();
      await preparing;
      prepared.push(analysis);
    } catch (error) {
      failed(analysis.job, error);
    }
  }
  try {
    await embedTogether(prepared, letInteractivePass);
  } catch (error) {
    for (const { job } of prepared.splice(0)) failed(job, error);
  }
  for (const analysis of prepared) {
    await letInteractivePass();
    try {
      await analysis.finish(whileElsewhere);
      send({ kind: 'result', id: analysis.job.id, image: analysis.result() });
    } catch (error) {
      failed(analysis.job, error);
    }
  }
  owedMs -= performance.now() - stepSince;
  stepSince = undefined;
}

let working = false;

async function work(): Promise<void> {
  if (working) return;
  working = true;
  await letInteractivePass();
  for (let message = inbox.shift(); message !== undefined; message = inbox.shift()) {
    if (message.kind === 'bulk') await analyzeBulk(message.jobs);
    if (message.kind === 'load') await loadPacks(message.packs);
    if (message.kind === 'close') {
      for (const engine of engines.values()) engine.dispose();
      port.close();
    }
    await letInteractivePass();
  }
  working = false;
}

void loadPacks(settings.packs).then(() => {
  port.on('message', (message: ToThread) => {
    receive(message);
    wake?.();
    void work();
  });
});
