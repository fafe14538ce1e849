import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  GraphQLError,
  Kind,
  parse,
  specifiedRules,
  validate,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import { WeightedGate } from '../domain/weighted-gate';
import { assertQueryLength, QUERY_LIMITS, tooComplex } from './limits';

/** Enough to mend a query by; each costs a search for the name that was meant. */
const MAX_ERRORS = 10;
/** Of all documents that are kept, some tens of megabytes; the largest has about 3,000. */
const MAX_NODES_KEPT = 50_000;

const noIntrospection: ValidationRule = (context) => ({
  Field: (node) => {
    const { value: name } = node.name;
    if (name !== '__schema' && name !== '__type') return;
    context.reportError(new GraphQLError(`GraphQL introspection is not allowed: ${name}.`, { nodes: node }));
  },
});

interface Kept {
  readonly document: DocumentNode;
  readonly nodes: number;
}

/** Query texts that were read lately: parsed, counted and validated once, by the same rules wherever they come from. */
export class Documents {
  private readonly kept = new Map<string, Kept>();
  private nodesKept = 0;
  private readonly rules;
  private readonly turns = new WeightedGate(1);

  /** @param introspection whether a query may ask for the schema. */
  constructor(
    private readonly schema: GraphQLSchema,
    { introspection }: { readonly introspection: boolean },
  ) {
    this.rules = introspection ? specifiedRules : [noIntrospection, ...specifiedRules];
  }

  /**
   * What was read before is there at once. Of all other texts one is read between two turns of the event loop, parties in
   * turns: the worst take milliseconds each, and many come at once.
   *
   * @param party whose text it is.
   * @returns the document, or why it is refused: BAD_USER_INPUT or QUERY_TOO_COMPLEX.
   */
  async read(query: string, party: string): Promise<DocumentNode | readonly GraphQLError[]> {
    try {
      assertQueryLength(query);
      const hash = createHash('sha256').update(query).digest('hex');
      return this.find(hash) ?? (await this.turns.run(1, () => this.readNow(query, hash), party));
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  private async readNow(query: string, hash: string): Promise<DocumentNode | readonly GraphQLError[]> {
    try {
      // It may be that of another who waited.
      const known = this.find(hash);
      if (known) return known;
      const document = parse(query, { maxTokens: QUERY_LIMITS.maxTokens });
      const nodes = assertWritten(document);
      const problems = validate(this.schema, document, this.rules, { maxErrors: MAX_ERRORS });
      if (problems.length > 0) return problems;
      this.keep(hash, { document, nodes });
      return document;
    } finally {
      await setImmediate();
    }
  }

  /** A document that was read before, by the SHA-256 of its text in hexadecimal, if it is still kept. */
  find(hash: string): DocumentNode | undefined {
    const known = this.kept.get(hash);
    if (!known) return undefined;
    // A Map keeps the order of insertion: what was used last goes last.
    this.kept.delete(hash);
    this.kept.set(hash, known);
    return known.document;
  }

  private keep(hash: string, made: Kept): void {
    this.kept.set(hash, made);
    this.nodesKept += made.nodes;
    for (const [oldest, { nodes }] of this.kept) {
      if (this.nodesKept <= MAX_NODES_KEPT) return;
      this.kept.delete(oldest);
      this.nodesKept -= nodes;
    }
  }
}

const COUNTED: Readonly<Partial<Record<Kind, keyof typeof QUERY_LIMITS.written>>> = {
  [Kind.FIELD]: 'fields',
  [Kind.ARGUMENT]: 'arguments',
  [Kind.DIRECTIVE]: 'directives',
  [Kind.FRAGMENT_DEFINITION]: 'fragments',
  [Kind.FRAGMENT_SPREAD]: 'spreads of fragments',
  [Kind.INLINE_FRAGMENT]: 'inline fragments',
  [Kind.OPERATION_DEFINITION]: 'operations',
  [Kind.VARIABLE_DEFINITION]: 'variables',
};

/**
 * Counts all that is written, used or not, in linear time: validation compares every field with those of its name, which
 * takes the square of their number.
 * @returns the number of nodes. @throws GraphQLError QUERY_TOO_COMPLEX.
 */
function assertWritten(document: DocumentNode): number {
  let nodes = 0;
  const counts = new Map<string, number>();
  const names = new Map<string, number>();
  const add = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
  visit(document, {
    enter: (node) => {
      nodes++;
      const what = COUNTED[node.kind];
      if (what) add(counts, what);
      if (node.kind === Kind.FIELD) add(names, `field ${(node.alias ?? node.name).value}`);
      if (node.kind === Kind.ARGUMENT) add(names, `argument ${node.name.value}`);
      if (node.kind === Kind.FRAGMENT_SPREAD) add(names, 'spread');
    },
  });
  for (const [what, most] of Object.entries(QUERY_LIMITS.written)) {
    if ((counts.get(what) ?? 0) > most) {
      throw tooComplex(`The query text has more than ${most} ${what}. Ask for less, or in several operations.`);
    }
  }
  const pairs = [...names.values()].reduce((sum, count) => sum + count * count, 0);
  if (pairs > QUERY_LIMITS.maxPairs) {
    throw tooComplex(
      `The query text writes the same fields too often: more than ${QUERY_LIMITS.maxPairs} pairs to compare. Write them once, in a fragment, or ask in several operations.`,
    );
  }
  return nodes;
}
