const TOKENS = /"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*|\.\.\.|[A-Za-z_]\w*|[{}()[\]:@]/g;

/** What a document would do, as far as one has to know in order to send it twice. */
export interface OperationText {
  /** Whether any operation in it is a mutation. */
  readonly isMutation: boolean;
  /** Whether each of its operations asks for one root field alone: what fails then has not been done in part. */
  readonly hasOneField: boolean;
}

/** Reads a GraphQL document without a parser, which would be most of what a browser has to load. */
export function readOperationText(text: string): OperationText {
  let isMutation = false;
  let hasOneField = true;
  let kind = '';
  let braces = 0;
  let parentheses = 0;
  let fields = 0;
  const tokens = (text.match(TOKENS) ?? []).filter((token) => !/^["#]/.test(token));
  for (const [index, token] of tokens.entries()) {
    if (token === '(') parentheses += 1;
    else if (token === ')') parentheses -= 1;
    // Braces in parentheses are those of an input object.
    if (parentheses > 0) continue;
    if (token === '{') {
      if (braces === 0 && kind === '') kind = 'query';
      if (braces === 0) fields = 0;
      braces += 1;
    } else if (token === '}') {
      braces -= 1;
      if (braces > 0) continue;
      if (kind === 'mutation') isMutation = true;
      if (kind !== 'fragment' && fields > 1) hasOneField = false;
      kind = '';
    } else if (braces === 0 && kind === '') kind = token;
    else if (braces === 1) fields += weightOf(tokens, index);
  }
  return { isMutation, hasOneField };
}

/** A fragment may hold any number of fields. */
function weightOf(tokens: readonly string[], index: number): number {
  const token = tokens[index]!;
  if (token === '...') return 2;
  const isName = /^\w/.test(token) && tokens[index + 1] !== ':' && tokens[index - 1] !== '@';
  return isName ? 1 : 0;
}
