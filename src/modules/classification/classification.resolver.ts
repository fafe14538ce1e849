import { Args, Query, Resolver } from 'type-graphql';
import { roundMeasure, roundMilliseconds } from '../../domain/rounding';
import type { TenantScope } from '../../domain/tenant-scope';
import { RequireAnyKey, RequireScope, Scope } from '../../graphql/access';
import { Charges } from '../../graphql/charges';
import { Cost } from '../../graphql/limits';
import { ClassifyImageArgs } from './classification.inputs';
import { ClassificationService } from './classification.service';
import { Classifier, ClassifyImagePayload } from './classification.types';

@Resolver()
export class ClassificationResolver {
  constructor(private readonly service: ClassificationService) {}

  @RequireAnyKey()
  @Query(() => [Classifier], { description: 'The image classifiers that this server serves.' })
  classifiers(): readonly Classifier[] {
    return this.service.listServed();
  }

  @Cost(500)
  @Charges({ FACES: 1 })
  @RequireScope('SEARCH')
  @Query(() => ClassifyImagePayload, {
    description: 'What an image shows, by one of `classifiers`. Counts as one analysed face. Nothing is stored.',
  })
  async classifyImage(
    @Scope() scope: TenantScope,
    @Args(() => ClassifyImageArgs) { image, model, top }: ClassifyImageArgs,
  ): Promise<ClassifyImagePayload> {
    const { labels, width, height, firstFrameOnly, classifier, timings, totalMs } = await this.service.classify(
      scope,
      image,
      { model, top },
    );
    return {
      labels: labels.map(({ label, confidence }) => ({ label, confidence: roundMeasure(confidence) })),
      width,
      height,
      firstFrameOnly,
      classifier,
      timings: {
        decodeMs: roundMilliseconds(timings.decode),
        netMs: roundMilliseconds(timings.net),
        totalMs: roundMilliseconds(totalMs),
      },
    };
  }
}
