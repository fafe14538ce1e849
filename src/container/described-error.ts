/** Of an error's own properties: where it comes from, and nothing that anyone's data may be in. */
const FACTS = ['code', 'retryable', 'syscall', 'hostname', 'address', 'port', 'table', 'constraint'] as const;
const MAX_CAUSES = 5;

/** An error as a log holds it: its name, sentence, stack and place. */
export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
  readonly errors?: readonly DescribedError[];
  readonly [fact: string]: unknown;
}

/**
 * Drivers hang whole connections on their errors, with what would cancel their queries: only the facts that are named above
 * are taken over.
 */
export function describeError(error: unknown, causes = MAX_CAUSES): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: textOf(error) };
  const own = error as Error & Readonly<Record<string, unknown>>;
  const facts = FACTS.filter((name) => ['string', 'number', 'boolean'].includes(typeof own[name]));
  return {
    type: error.name,
    message: error.message,
    ...Object.fromEntries(facts.map((name) => [name, own[name]])),
    ...(error.stack ? { stack: error.stack } : {}),
    ...(error.cause !== undefined && causes > 0 ? { cause: describeError(error.cause, causes - 1) } : {}),
    ...(error instanceof AggregateError && causes > 0
      ? { errors: error.errors.map((one) => describeError(one, causes - 1)) }
      : {}),
  };
}

function textOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  const { message } = thrown as { message?: unknown };
  return typeof message === 'string' ? message : `an object with ${Object.keys(thrown).join(', ')}`;
}
