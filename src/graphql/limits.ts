import {
  getNamedType,
  GraphQLError,
  isObjectType,
  isInterfaceType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { DomainError } from '../domain/errors';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './page-size';

/**
 * What one operation may ask for. The standard introspection query (about 300 tokens, depth 14) and every query of the
 * documentation stay far below; the worst texts found at these limits take 30 ms of validation on one slow core.
 */
export const QUERY_LIMITS = {
  /** Longest query text. Images and long lists belong in variables. */
  maxCharacters: 64 * 1024,
  /** Parsing stops there, so memory does not grow with the text. */
  maxTokens: 2_000,
  /** What may be written in a text, used or not. */
  written: {
    fields: 600,
    arguments: 300,
    directives: 30,
    fragments: 50,
    'spreads of fragments': 90,
    'inline fragments': 100,
    operations: 10,
    variables: 100,
  },
  /** Squares, added up, of how often each field and argument is written: what validation compares at most. */
  maxPairs: 10_000,
  maxDepth: 16,
  maxAliases: 30,
  /** Fields that could be resolved, a list counted as often as its `first` or `last` says. */
  maxCost: 200_000,
} as const;

const COST_EXTENSION = 'cost';

/** The cost of a field that runs models, engines or a transaction of its own, in fields. Undecorated fields cost 1. */
export function Cost(fields: number): MethodDecorator & PropertyDecorator {
  return Extensions({ [COST_EXTENSION]: fields }) as MethodDecorator & PropertyDecorator;
}

/** QUERY_TOO_COMPLEX, over HTTP with status 400. */
export function tooComplex(message: string): GraphQLError {
  return new GraphQLError(message, {
    originalError: new DomainError('QUERY_TOO_COMPLEX', message),
    extensions: { http: { status: 400 } },
  });
}

/** @throws GraphQLError QUERY_TOO_COMPLEX, before anything is parsed. */
export function assertQueryLength(query: string): void {
  if (query.length > QUERY_LIMITS.maxCharacters) {
    throw tooComplex(
      `The query text is longer than ${QUERY_LIMITS.maxCharacters} characters. Pass images and long values as variables.`,
    );
  }
}

/** What a selection set asks for, fragments included. */
interface Weight {
  readonly depth: number;
  readonly aliases: number;
  readonly cost: number;
  /** Of a connection: what each row of it costs. */
  readonly costOfRow: number;
}

const NOTHING: Weight = { depth: 0, aliases: 0, cost: 0, costOfRow: 0 };

/** Weighs an operation in time linear in its text: each fragment is weighed once, however often it is spread. */
class Scale {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly weighed = new Map<string, Weight | null>();

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    }
  }

  selection(set: SelectionSetNode | undefined, typeName: string | undefined): Weight {
    let total = NOTHING;
    for (const one of set?.selections ?? []) {
      const weight =
        one.kind === Kind.FIELD
          ? this.field(one, typeName)
          : one.kind === Kind.INLINE_FRAGMENT
            ? this.selection(one.selectionSet, one.typeCondition?.name.value ?? typeName)
            : this.fragment(one.name.value);
      total = {
        depth: Math.max(total.depth, weight.depth),
        aliases: total.aliases + weight.aliases,
        cost: total.cost + weight.cost,
        costOfRow: total.costOfRow + weight.costOfRow,
      };
    }
    return total;
  }

  private field(node: FieldNode, typeName: string | undefined): Weight {
    const type = typeName === undefined ? undefined : this.schema.getType(typeName);
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    const inner = this.selection(node.selectionSet, field ? getNamedType(field.type).name : undefined);
    const own = field?.extensions[COST_EXTENSION];
    const cost = (typeof own === 'number' ? own : 1) + inner.cost + this.rows(node, field) * inner.costOfRow;
    const isRow = typeName?.endsWith('Connection') && (node.name.value === 'edges' || node.name.value === 'nodes');
    return {
      depth: inner.depth + 1,
      aliases: inner.aliases + (node.alias ? 1 : 0),
      cost: isRow ? 0 : cost,
      costOfRow: isRow ? cost : 0,
    };
  }

  private fragment(name: string): Weight {
    const known = this.weighed.get(name);
    if (known) return known;
    if (known === null) throw tooComplex('A fragment spreads itself.');
    this.weighed.set(name, null);
    const definition = this.fragments.get(name);
    const weight = this.selection(definition?.selectionSet, definition?.typeCondition.name.value);
    this.weighed.set(name, weight);
    return weight;
  }

  /** How many rows a paged field can answer with; 1 for every other field. */
  private rows(node: FieldNode, field: GraphQLField<unknown, unknown> | undefined): number {
    if (!field?.args.some((argument) => argument.name === 'first')) return 1;
    const given = ['first', 'last'].map((name) => this.numberOf(node, name)).filter((size) => size >= 1);
    return given.length > 0 ? Math.min(Math.max(...given), MAX_PAGE_SIZE) : DEFAULT_PAGE_SIZE;
  }

  /** 0 for an argument that is absent, or no number. */
  private numberOf(node: FieldNode, name: string): number {
    const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
    if (value?.kind === Kind.INT) return Number(value.value);
    const given = value?.kind === Kind.VARIABLE ? this.variables[value.name.value] : undefined;
    return typeof given === 'number' ? given : 0;
  }
}

/** Numbers that variables have when nobody says anything else. */
function defaultSizesOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, number> {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : [],
    ),
  );
}

/**
 * Holds an operation to the limits. Run after its document was read, and before execution.
 * @throws GraphQLError QUERY_TOO_COMPLEX.
 */
export function assertWithinLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> = {},
): void {
  const root = schema.getRootType(operation.operation);
  const given = { ...defaultSizesOf(operation), ...variables };
  const weight = new Scale(schema, document, given).selection(operation.selectionSet, root?.name);
  const checks: readonly [string, number, number][] = [
    ['levels deep', weight.depth, QUERY_LIMITS.maxDepth],
    ['aliases', weight.aliases, QUERY_LIMITS.maxAliases],
    ['fields (lists counted by their `first` or `last`)', weight.cost, QUERY_LIMITS.maxCost],
  ];
  for (const [what, found, most] of checks) {
    if (found > most) {
      throw tooComplex(`The operation asks for more than ${most} ${what}. Ask for less, or in several operations.`);
    }
  }
}
