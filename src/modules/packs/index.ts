import type { PackDescription } from '../../ports/face-analyzer';
import { PackResolver } from './pack.resolver';

export function createPacks(packs: () => readonly PackDescription[]) {
  return { resolvers: [new PackResolver(packs)] };
}
