import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { ACCESS_EXTENSION, authChecker } from '../graphql/access';
import { validateArguments } from '../graphql/argument-validation';
import { markOneOf } from '../graphql/one-of';
import { assertVisibilityFits } from '../graphql/visibility';
import { resolverClasses } from './resolvers';
import { DateTime } from '../graphql/scalars';

/** Hands type-graphql the resolvers that the container made. */
export interface ResolverContainer {
  get(resolverClass: unknown): unknown;
}

/** Every subscription has a `subscribe` of its own, which replays from Postgres; type-graphql still asks for one of these. */
const noPubSub: PubSub = {
  publish: () => {
    throw new Error('Events go through the EventBus port');
  },
  subscribe: () => {
    throw new Error('A subscription needs a subscribe function of its own');
  },
};

/**
 * @param instances one of each of `resolverClasses`.
 * @throws Error at start when one is missing.
 */
export function resolverContainer(instances: readonly object[]): ResolverContainer {
  const byClass = new Map<unknown, object>(instances.map((instance) => [instance.constructor, instance]));
  const missing = resolverClasses.filter((one) => !byClass.has(one));
  if (missing.length > 0) throw new Error(`Resolvers not wired: ${missing.map((one) => one.name).join(', ')}`);
  return {
    get: (resolverClass) => byClass.get(resolverClass),
  };
}

/**
 * The executable schema; without a container it can be printed and validated against, not executed.
 * @throws Error for a root field that anyone could call.
 */
export function buildApiSchema(container?: ResolverContainer): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: resolverClasses,
    container: (container ?? { get: () => undefined }) as { get(someClass: unknown): never },
    authChecker,
    validateFn: validateArguments,
    scalarsMap: [{ type: Date, scalar: DateTime }],
    pubSub: noPubSub,
  });
  markOneOf(schema);
  assertEveryRootFieldGuarded(schema);
  assertVisibilityFits(schema);
  return schema;
}

/** The schema as text, in an order that does not depend on imports. */
export function printApiSchema(): string {
  return `${printSchema(lexicographicSortSchema(buildApiSchema()))}\n`;
}

function assertEveryRootFieldGuarded(schema: GraphQLSchema): void {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      if (!Array.isArray(field.extensions[ACCESS_EXTENSION])) {
        throw new Error(`${type?.name}.${field.name} has no Require decorator: anyone could call it`);
      }
    }
  }
}
