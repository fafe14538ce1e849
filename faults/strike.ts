import { setTimeout as wait } from 'node:timers/promises';
import type { Fault } from './plan';
import type { Target } from './target';
import type { World } from './world';

/** When something was away, in milliseconds of `performance.now()`. */
export interface Outage {
  readonly target: Target;
  readonly from: number;
  /** It serves again. */
  readonly to: number;
}

type Action = 'kill' | 'restart';

const ACTIONS: Record<Action, { harm(target: Target): Promise<void>; heal(target: Target): Promise<void> }> = {
  kill: { harm: (target) => target.kill(), heal: (target) => target.start() },
  restart: { harm: (target) => target.stop(), heal: (target) => target.start() },
};

/** Does a fault, and undoes it. */
export async function strike(world: World, { kind, which, afterMs, holdMs }: Fault): Promise<Outage> {
  const [action, name] = kind.split(' ') as [Action, string];
  const targets = world.targets(name);
  const target = targets[which % targets.length]!;
  await wait(afterMs);
  const from = performance.now();
  await ACTIONS[action].harm(target);
  await wait(holdMs);
  await ACTIONS[action].heal(target);
  return { target, from, to: performance.now() };
}
