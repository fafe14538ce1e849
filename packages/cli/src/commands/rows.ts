import type { Page, PageVariables, TypedDocument } from '@likeness/client';
import type { Context } from '../context.ts';
import { tableOf, type Cell } from '../output.ts';

/** What is printed of each row. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

/** Prints a list, page after page, as a table or as JSON. @param limit at most so many rows; more are told of. */
export async function printRows<Result, Variables extends PageVariables, Row>(
  { likeness, out, signal }: Context,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  pageOf: (result: Result) => Page<Row> | null | undefined,
  columns: Columns<Row>,
  limit: number,
): Promise<void> {
  const rows: Row[] = [];
  let more = false;
  for await (const row of likeness.rows(document, variables, pageOf, { signal })) {
    more = rows.length === limit;
    if (more) break;
    rows.push(row);
  }
  out.answer(rows, () => {
    if (rows.length === 0) return 'None.';
    const cells = rows.map((row) => Object.values(columns).map((cell) => cell(row)));
    return tableOf(Object.keys(columns), cells);
  });
  if (more) out.note(`There are more than ${limit}: --limit shows more of them.`);
}
