import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { TenantScope } from '../../domain/tenant-scope';
import { RequireScope, Scope } from '../../graphql/access';
import type { ApiContext } from '../../graphql/context';
import { Cost } from '../../graphql/limits';
import { GoesOnWhenFull, TakesFiles } from '../../graphql/room';
import { Collection } from '../collections/collection.types';
import { presentJob } from '../jobs/job.presenter';
import { presentPack } from '../packs/pack.presenter';
import { ModelPack } from '../packs/pack.types';
import { FinishReembeddingInput, ReembedCollectionInput, RollBackReembeddingInput } from './reembedding.inputs';
import { ReembeddingService } from './reembedding.service';
import {
  FinishReembeddingPayload,
  Reembedding,
  ReembedCollectionPayload,
  RollBackReembeddingPayload,
} from './reembedding.types';

/** Collections that move to other packs. */
@Resolver(() => Collection)
export class ReembeddingResolver {
  constructor(private readonly service: ReembeddingService) {}

  @RequireScope('WRITE')
  @TakesFiles()
  @Mutation(() => ReembedCollectionPayload, {
    description:
      'Moves a collection to another model pack: its faces are embedded anew from their stored images, in a job, while searches answer from the pack that it has; then it switches, at once. Persons, names, rejections and ids stay.',
  })
  async reembedCollection(
    @Scope() scope: TenantScope,
    @Ctx() context: ApiContext,
    @Arg('input', () => ReembedCollectionInput, { description: 'Which one, and where to.' })
    input: ReembedCollectionInput,
  ): Promise<ReembedCollectionPayload> {
    return { job: presentJob(await this.service.begin(scope, input, context.requestId)) };
  }

  @RequireScope('WRITE')
  @TakesFiles()
  @Mutation(() => RollBackReembeddingPayload, {
    description:
      'Moves a collection back to the pack that it had, from the vectors that are kept, in a job. Faces that have come since are embedded first.',
  })
  async rollBackReembedding(
    @Scope() scope: TenantScope,
    @Ctx() context: ApiContext,
    @Arg('input', () => RollBackReembeddingInput, { description: 'Which one.' })
    { id }: RollBackReembeddingInput,
  ): Promise<RollBackReembeddingPayload> {
    return { job: presentJob(await this.service.rollBack(scope, id, context.requestId)) };
  }

  @RequireScope('WRITE')
  @GoesOnWhenFull()
  @Mutation(() => FinishReembeddingPayload, {
    description:
      'Lets go of the vectors that are kept of a collection’s earlier pack, or of a move that was stopped. It cannot be rolled back any more.',
  })
  async finishReembedding(
    @Scope() scope: TenantScope,
    @Arg('input', () => FinishReembeddingInput, { description: 'Which one.' })
    { id }: FinishReembeddingInput,
  ): Promise<FinishReembeddingPayload> {
    return { collection: await this.service.finish(scope, id) };
  }

  @Cost(20)
  @FieldResolver(() => Reembedding, {
    nullable: true,
    description: 'Its last move to another pack; null: there was none, or what was kept of it has been removed.',
  })
  async reembedding(
    @Scope() scope: TenantScope,
    @Ctx() context: ApiContext,
    @Root() { id }: Collection,
  ): Promise<Reembedding | null> {
    const found = await context.loaders
      .get('collection.reembedding', (ids) => this.service.findMany(scope, ids))
      .get(id);
    return found && { ...found, canRollBackUntil: this.service.canRollBackUntil(found) };
  }

  @FieldResolver(() => ModelPack, {
    nullable: true,
    description:
      'A newer version of its pack that this server serves: reembedCollection moves it there. Null: there is none.',
  })
  newerPack(@Root() { modelPackId }: Collection): ModelPack | null {
    const pack = this.service.findNewerPack(modelPackId);
    return pack && presentPack(pack);
  }
}
