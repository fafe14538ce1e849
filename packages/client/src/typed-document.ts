/**
 * The text of a GraphQL operation that knows the types of its answer and of its variables. The documents of this package
 * are such, and so are those that graphql-codegen makes with `documentMode: 'string'`. A plain string fits too: its answer
 * is `unknown`.
 */
export interface TypedDocument<Result, Variables> {
  toString(): string;
  /** Holds the types for the compiler; never set. */
  readonly __apiType?: ((variables: Variables) => Result) | undefined;
}

/** What follows a document: its variables may be left out where none is required. */
export type OperationArguments<Variables, Options> =
  Record<never, never> extends Variables
    ? [variables?: Variables, options?: Options]
    : [variables: Variables, options?: Options];
