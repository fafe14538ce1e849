import { badInput } from '../../domain/errors';
import { newestFirst } from '../../domain/pack-version';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { ClassifiedImage, ClassifierDescription, ImageAnalyzer } from '../../ports/image-analyzer';
import type { ImageLoader, ImageSource } from '../images/image-loader.service';
import { countUse } from '../rates/bill';

export interface ClassificationServiceDependencies {
  readonly loader: Pick<ImageLoader, 'load'>;
  readonly imageAnalyzer: ImageAnalyzer;
  readonly clock: Clock;
  /** How long a caller waits for an analysis. */
  readonly timeoutMs: number;
}

export interface Classification extends ClassifiedImage {
  readonly classifier: ClassifierDescription;
  /** From the request to the answer, inside the service. */
  readonly totalMs: number;
}

/** Says what images show; neither they nor the answers are kept. */
export class ClassificationService {
  constructor(private readonly deps: ClassificationServiceDependencies) {}

  listServed(): readonly ClassifierDescription[] {
    return this.deps.imageAnalyzer.classifiers();
  }

  /** By `name@version` or bare name (its newest version). @throws DomainError BAD_USER_INPUT. */
  getServed(wanted: string): ClassifierDescription {
    const all = this.listServed();
    const versions = all.filter(({ name }) => name === wanted).sort((a, b) => newestFirst(a.version, b.version));
    const found = all.find(({ id }) => id === wanted) ?? versions[0];
    if (found) return found;
    const rule =
      all.length > 0
        ? `must be one of ${all.map(({ id }) => id).join(', ')}`
        : 'must be a classifier that this server serves, and it serves none: ask whoever runs it to add one';
    throw badInput({ path: 'model', rule });
  }

  /** @throws DomainError BAD_USER_INPUT (no such classifier); what ImageLoader and ImageAnalyzer throw. */
  async classify(
    scope: TenantScope,
    image: ImageSource,
    { model, top }: { readonly model: string; readonly top: number },
  ): Promise<Classification> {
    const startedAt = performance.now();
    const deadlineMs = this.deps.clock.now().getTime() + this.deps.timeoutMs;
    const classifier = this.getServed(model);
    const classified = await this.deps.imageAnalyzer.classify({
      packId: classifier.id,
      image: await this.deps.loader.load(scope, image, 'image'),
      top,
      priority: 'INTERACTIVE',
      party: scope.tenantId,
      deadlineMs,
    });
    // As an image that shows nobody: it took a thread's time, too.
    countUse('FACES', 1);
    return { ...classified, classifier, totalMs: performance.now() - startedAt };
  }
}
