import type { RequestFunction, RequestOptions } from './http.ts';
import type { TypedDocument } from './typed-document.ts';

/** A page of a list, as far as it is needed to get the next. */
export interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null };
}

export interface PageVariables {
  readonly after?: string | null | undefined;
}

/**
 * Every row of a list, page after page; the next page is asked for when the one before has been gone through.
 *
 * @param pageOf the list in an answer; null where what it belongs to is not there, which ends the loop.
 */
export async function* rowsOf<Result, Variables extends PageVariables, Node>(
  request: RequestFunction,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  pageOf: (result: Result) => Page<Node> | null | undefined,
  options: RequestOptions,
): AsyncGenerator<Node, void, undefined> {
  const ask: (
    document: TypedDocument<Result, Variables>,
    variables: Variables,
    options: RequestOptions,
  ) => Promise<Result> = request;
  for (let after = variables.after; ;) {
    const page = pageOf(await ask(document, { ...variables, after }, options));
    if (!page) return;
    yield* page.nodes;
    const { hasNextPage, endCursor } = page.pageInfo;
    if (!hasNextPage || endCursor == null) return;
    after = endCursor;
  }
}
