import { DomainError } from '../../src/domain/errors';
import type {
  ClassifiedImage,
  ClassifierDescription,
  ClassifyRequest,
  ImageAnalyzer,
} from '../../src/ports/image-analyzer';
import type { AnalysisPool } from './analysis-pool';
import type { ClassifierManifest } from './classifier-manifest';
import { isClassifier } from './manifests';
import { packIdOf } from './pack-manifest';

/** The pool's threads as they look at whole images. */
export class ThreadedImageAnalyzer implements ImageAnalyzer {
  constructor(private readonly pool: Pick<AnalysisPool, 'serving' | 'submit'>) {}

  classifiers(): readonly ClassifierDescription[] {
    return this.pool.serving.filter(isClassifier).map(describeClassifier);
  }

  async classify({ signal, priority, party, ...job }: ClassifyRequest): Promise<ClassifiedImage> {
    const known = this.pool.serving.filter(isClassifier).map(packIdOf);
    if (!known.includes(job.packId)) {
      throw new DomainError(
        'MODEL_MISMATCH',
        `No classifier ${job.packId} serves here; there is ${known.join(', ') || 'none'}.`,
      );
    }
    return this.pool.submit({ kind: 'LABELS', ...job }, { priority, party, signal });
  }
}

function describeClassifier(manifest: ClassifierManifest): ClassifierDescription {
  const { name, version, labels, licence, commercialUse, description } = manifest;
  return { id: packIdOf(manifest), name, version, labels, licence, commercialUse, description };
}
