import { codeOfStatus, errorOfAnswer, LikenessError, retryAfterOf, type AnswerError } from './errors.ts';
import { readOperationText } from './operation-text.ts';
import type { OperationArguments, TypedDocument } from './typed-document.ts';
import { retrying, withDeadline, type RetryPolicy } from './waiting.ts';

export interface RequestOptions {
  /** Ends the request, and what it waits for, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long one attempt may take. @default the client's `timeoutMs` */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether a mutation may be sent again although it may have been done, since doing it twice does no harm.
   * @default false; a mutation with a `clientRequestToken` is known to the server and is sent again all the same
   */
  readonly idempotent?: boolean | undefined;
}

export type RequestFunction = <Result, Variables>(
  document: TypedDocument<Result, Variables>,
  ...[variables, options]: OperationArguments<Variables, RequestOptions>
) => Promise<Result>;

export interface HttpOptions {
  readonly fetch: typeof fetch;
  /** Of the API: with `/graphql`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

interface Answer {
  readonly data?: unknown | undefined;
  readonly errors?: readonly AnswerError[] | undefined;
}

/** Queries and mutations over HTTP. */
export class HttpTransport {
  constructor(private readonly options: HttpOptions) {}

  /** @throws LikenessError. */
  async request(query: string, variables: unknown, options: RequestOptions = {}): Promise<unknown> {
    const body = JSON.stringify({ query, variables });
    const { signal, timeoutMs = this.options.timeoutMs, idempotent = false } = options;
    return retrying(() => withDeadline(timeoutMs, signal, (deadline) => this.post(body, deadline)), {
      policy: this.options.retry,
      signal,
      isSafe: (error) => idempotent || isSafeToRepeat(query, variables, error),
    });
  }

  private async post(body: string, signal: AbortSignal): Promise<unknown> {
    const { url, headers } = this.options;
    const response = await this.options
      .fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, signal })
      .catch((cause: unknown) => Promise.reject(unreachable(url, cause)));
    const text = await response.text().catch((cause: unknown) => Promise.reject(unreachable(url, cause)));
    const facts = { status: response.status, retryAfterMs: retryAfterOf(response.headers) };
    const answer = parse(text);
    if (answer?.errors) throw errorOfAnswer(answer.errors, facts);
    if (response.ok && answer?.data != null) return answer.data;
    const message = `${url} answered ${response.status} and is not what a Likeness answers: ${text.slice(0, 200)}`;
    throw new LikenessError(response.ok ? 'INTERNAL_SERVER_ERROR' : codeOfStatus(response.status), message, facts);
  }
}

/** What `fetch` says of a connection that failed, with the system's own reason where there is one. */
export function unreachable(url: string, cause: unknown): LikenessError {
  const reason =
    cause instanceof Error ? ((cause.cause as Error | undefined)?.message ?? cause.message) : String(cause);
  const { origin } = new URL(url);
  return new LikenessError('DEPENDENCY_UNAVAILABLE', `${origin} could not be reached: ${reason}`, { cause });
}

function parse(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A query may always be sent again. A mutation may have been done although its answer was lost: it is sent again only with a
 * `clientRequestToken`, by which the server knows it, or when the server refused it before it did anything and asked to come
 * back.
 */
function isSafeToRepeat(query: string, variables: unknown, error: LikenessError): boolean {
  const { isMutation, hasOneField } = readOperationText(query);
  if (!isMutation) return true;
  if (!hasOneField) return false;
  if (hasRequestToken(variables)) return true;
  return error.code === 'RATE_LIMITED' || (error.code === 'DEPENDENCY_UNAVAILABLE' && error.retryAfterMs !== undefined);
}

function hasRequestToken(variables: unknown): boolean {
  if (typeof variables !== 'object' || variables === null) return false;
  return Object.values(variables).some(
    (value: unknown) =>
      typeof value === 'object' &&
      value !== null &&
      'clientRequestToken' in value &&
      typeof value.clientRequestToken === 'string',
  );
}
