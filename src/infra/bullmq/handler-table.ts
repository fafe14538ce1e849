import { type RegisteredHandler } from '../../ports/job-queue';
import type { JobDefinition } from '../../records/job-definition';

/** The handlers of one queue, by job name. */
export interface QueueHandlers {
  readonly queue: string;
  readonly concurrency: number;
  readonly handlers: ReadonlyMap<string, RegisteredHandler>;
}

/** @throws Error when two definitions share a queue and a name, or those of one queue disagree about its concurrency. */
export function assertDefinitions(definitions: readonly JobDefinition[]): void {
  const names = new Set<string>();
  const concurrency = new Map<string, number>();
  for (const { queue, name, options } of definitions) {
    const key = `${queue}/${name}`;
    if (/[^a-z0-9-]/.test(queue + name)) throw new Error(`Job ${key}: use kebab-case names without a colon.`);
    if (names.has(key)) throw new Error(`Job ${key} is defined twice.`);
    names.add(key);
    const agreed = concurrency.get(queue) ?? options.concurrency;
    if (agreed !== options.concurrency) throw new Error(`The jobs of queue ${queue} name different concurrencies.`);
    concurrency.set(queue, agreed);
  }
}

/**
 * Groups handlers by queue.
 *
 * @throws Error naming every definition that has no handler or two, and every handler of an unknown definition.
 */
export function groupHandlers(
  definitions: readonly JobDefinition[],
  handlers: readonly RegisteredHandler[],
): QueueHandlers[] {
  const problems: string[] = [];
  const groups = new Map<string, { concurrency: number; handlers: Map<string, RegisteredHandler> }>();
  for (const definition of definitions) {
    const own = handlers.filter((handler) => handler.definition === definition);
    if (own.length !== 1) problems.push(`${definition.queue}/${definition.name} has ${own.length} handlers`);
    const group = groups.get(definition.queue) ?? {
      concurrency: definition.options.concurrency,
      handlers: new Map<string, RegisteredHandler>(),
    };
    if (own[0]) group.handlers.set(definition.name, own[0]);
    group.concurrency = Math.max(group.concurrency, own[0]?.concurrency ?? 0);
    groups.set(definition.queue, group);
  }
  for (const { definition } of handlers) {
    if (!definitions.includes(definition)) problems.push(`${definition.queue}/${definition.name} is not a known job`);
  }
  if (problems.length > 0) throw new Error(`Every job needs exactly one handler: ${problems.join('; ')}.`);
  return [...groups].map(([queue, group]) => ({ queue, ...group }));
}
