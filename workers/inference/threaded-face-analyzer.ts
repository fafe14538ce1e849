import { DomainError } from '../../src/domain/errors';
import type { AnalyzedImage, AnalyzeRequest, FaceAnalyzer, PackDescription } from '../../src/ports/face-analyzer';
import { AnalysisPool, type AnalysisPoolOptions } from './analysis-pool';
import { isClassifier } from './manifests';
import { describePack } from './pack-registry';

export interface FaceAnalyzerOptions extends AnalysisPoolOptions {
  /** Names of the packs to serve. */
  readonly packs: readonly string[];
}

/**
 * FaceAnalyzer on a pool of worker threads of this process.
 *
 * @throws DomainError DEPENDENCY_UNAVAILABLE when none of the named packs passes its checksums and self-test.
 */
export async function createFaceAnalyzer(options: FaceAnalyzerOptions): Promise<ThreadedFaceAnalyzer> {
  const analyzer = await startFaceAnalyzer(options);
  try {
    analyzer.assertServes();
  } catch (error) {
    await analyzer.close();
    throw error;
  }
  return analyzer;
}

/** The same, with whatever packs pass; there may be none, and others may be asked to {@link AnalysisPool.serve}. */
export async function startFaceAnalyzer(options: FaceAnalyzerOptions): Promise<ThreadedFaceAnalyzer> {
  const analyzer = new ThreadedFaceAnalyzer(options);
  await analyzer.serve(options.packs);
  return analyzer;
}

/** The pool's threads as they look at faces. */
export class ThreadedFaceAnalyzer extends AnalysisPool implements FaceAnalyzer {
  #described: { readonly of: AnalysisPool['serving']; readonly packs: readonly PackDescription[] } | undefined;

  packs(): readonly PackDescription[] {
    if (this.#described?.of !== this.serving) {
      const packs = this.serving.flatMap((manifest) => (isClassifier(manifest) ? [] : [describePack(manifest)]));
      this.#described = { of: this.serving, packs };
    }
    return this.#described.packs;
  }

  /** @throws DomainError DEPENDENCY_UNAVAILABLE when no recognition pack serves. */
  assertServes(): void {
    if (this.packs().length > 0) return;
    const reasons = [...this.failures].map(([packId, reason]) => `${packId}: ${reason}`).join('; ');
    throw new DomainError(
      'DEPENDENCY_UNAVAILABLE',
      `No recognition pack can serve (${reasons || 'none was named'}). Set LIKENESS_PACKS to packs that npm run models -- list shows as ready.`,
      { retryable: false },
    );
  }

  async analyze({ signal, priority, party, ...job }: AnalyzeRequest): Promise<AnalyzedImage> {
    if (!this.packs().some(({ id }) => id === job.packId)) {
      throw new DomainError(
        'MODEL_MISMATCH',
        `No recognition pack ${job.packId} serves here; there is ${this.packs()
          .map(({ id }) => id)
          .join(', ')}.`,
      );
    }
    return this.submit({ kind: 'FACES', ...job }, { priority, party, signal });
  }
}
