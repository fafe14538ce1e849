import { Query, Resolver } from 'type-graphql';
import { RequireAnyKey } from '../../graphql/access';
import type { PackDescription } from '../../ports/face-analyzer';
import { presentPack } from './pack.presenter';
import { ModelPack } from './pack.types';

@Resolver()
export class PackResolver {
  constructor(private readonly packs: () => readonly PackDescription[]) {}

  @RequireAnyKey()
  @Query(() => [ModelPack], { description: 'The packs that this server serves; the first is the default.' })
  modelPacks(): ModelPack[] {
    return this.packs().map(presentPack);
  }
}
