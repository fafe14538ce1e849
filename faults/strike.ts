import { setTimeout as wait } from 'node:timers/promises';
import type { Fault, FaultAction } from './plan';
import type { Target } from './target';
import type { World } from './world';

/** When something was away, or hard to reach, in milliseconds of `performance.now()`. */
export interface Outage {
  readonly target: Target;
  readonly action: FaultAction;
  readonly from: number;
  /** It serves again. */
  readonly to: number;
}

interface Harm {
  readonly do: (target: Target) => unknown;
  readonly undo: (target: Target) => unknown;
}

/** A slow way: two round trips of one statement take a second. */
const DELAY_MS = 250;

const HARMS: Record<FaultAction, Harm> = {
  kill: { do: (target) => target.kill(), undo: (target) => target.start() },
  restart: { do: (target) => target.stop(), undo: (target) => target.start() },
  lose: { do: (target) => target.lose!(), undo: (target) => target.start() },
  pause: { do: (target) => target.pause!(), undo: (target) => target.resume!() },
  cut: { do: (target) => target.proxy!.shut(), undo: (target) => target.proxy!.open() },
  freeze: { do: (target) => target.proxy!.freeze(), undo: (target) => target.proxy!.thaw() },
  delay: { do: (target) => target.proxy!.delay(DELAY_MS), undo: (target) => target.proxy!.delay(0) },
  halve: { do: (target) => target.proxy!.halve(true), undo: (target) => target.proxy!.halve(false) },
};

/** Does a fault, and undoes it. */
export async function strike(world: World, { kind, which, afterMs, holdMs }: Fault): Promise<Outage> {
  const [action, name] = kind.split(' ') as [FaultAction, string];
  const targets = world.targets(name);
  const target = targets[which % targets.length]!;
  await wait(afterMs);
  const from = performance.now();
  await HARMS[action].do(target);
  await wait(holdMs);
  await HARMS[action].undo(target);
  return { target, action, from, to: performance.now() };
}
