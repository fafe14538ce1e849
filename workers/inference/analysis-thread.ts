import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { DomainError } from '../../src/domain/errors';
import type { AnalyzedImage } from '../../src/ports/face-analyzer';
import type { ClassifiedImage } from '../../src/ports/image-analyzer';
import { ClassifierEngine } from './classifier-engine';
import { selfTestClassifier } from './classifier-self-test';
import { embedTogether, ImageAnalysis } from './image-analysis';
import { isClassifier, type AnyManifest } from './manifests';
import { PackEngine } from './pack-engine';
import { modelsOf, type LocatedPack } from './pack-files';
import { packIdOf } from './pack-manifest';
import { selfTest } from './pack-self-test';
import { withPauses, type InferenceRuntime } from './runtime';
import type {
  FacesJob,
  FromThread,
  LabelsJob,
  PackFailure,
  PlainError,
  ThreadJob,
  ThreadSettings,
  ToThread,
} from './thread-messages';

const port: MessagePort = parentPort!;
const engines = new Map<string, PackEngine | ClassifierEngine>();
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
      engines.set(packId, await loadTested(pack));
      const { runtime } = modelsOf(pack.manifest).at(-1)!;
      labels[packId] = (await runtimeFor(runtime)).label;
    } catch (error) {
      failures.push({ packId, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  send({ kind: 'ready', runtimes: labels, failures });
}

async function loadTested(pack: LocatedPack<AnyManifest>): Promise<PackEngine | ClassifierEngine> {
  const { manifest } = pack;
  if (isClassifier(manifest)) {
    const classifier = await ClassifierEngine.load({ ...pack, manifest }, runtimeFor);
    await selfTestClassifier(classifier);
    return classifier;
  }
  const recognition = { ...pack, manifest };
  const engine = await PackEngine.load(recognition, runtimeFor, settings.engine);
  await selfTest(engine, recognition);
  return engine;
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

/** The pack's engine, as long as somebody waits for it. */
function engineFor(job: ThreadJob): PackEngine | ClassifierEngine {
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
  return engine;
}

const begin = (job: FacesJob): ImageAnalysis => new ImageAnalysis(job, engineFor(job) as PackEngine);
const classify = (job: LabelsJob): Promise<ClassifiedImage> => (engineFor(job) as ClassifierEngine).classify(job);

async function analyzeFaces(job: FacesJob): Promise<AnalyzedImage> {
  const analysis = begin(job);
  await analysis.prepare();
  await embedTogether([analysis], async () => {});
  await analysis.finish();
  return analysis.result();
}

async function analyzeOne(job: ThreadJob): Promise<void> {
  try {
    send({ kind: 'result', id: job.id, answer: await (job.kind === 'FACES' ? analyzeFaces(job) : classify(job)) });
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
  await analyzeFacesTogether(jobs.filter((job) => job.kind === 'FACES'));
  for (const job of jobs.filter(({ kind }) => kind === 'LABELS')) {
    await letInteractivePass();
    await analyzeOne(job);
  }
  owedMs -= performance.now() - stepSince;
  stepSince = undefined;
}

async function analyzeFacesTogether(jobs: readonly FacesJob[]): Promise<void> {
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
      send({ kind: 'result', id: analysis.job.id, answer: analysis.result() });
    } catch (error) {
      failed(analysis.job, error);
    }
  }
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
