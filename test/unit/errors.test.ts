import { GraphQLError } from 'graphql';
import pino from 'pino';
import { formatError, httpStatusOf, logError } from '../../src/graphql/errors';
import { badInput, DomainError, ERROR_CODES, notFound } from '../../src/domain/errors';

const UUID = /^[0-9a-f-]{36}$/;

describe('error codes', () => {
  it('are never renamed', () => {
    expect(ERROR_CODES).toMatchInlineSnapshot(`
     [
       "UNAUTHENTICATED",
       "FORBIDDEN",
       "NOT_FOUND",
       "BAD_USER_INPUT",
       "CONFLICT",
       "IDEMPOTENT_PARAMETER_MISMATCH",
       "IMAGE_UNREADABLE",
       "IMAGE_UNSUPPORTED",
       "IMAGE_TOO_LARGE",
       "UPLOAD_EXPIRED",
       "URL_REFUSED",
       "NO_FACE_FOUND",
       "AMBIGUOUS_FACE",
       "KNOWN_ELSEWHERE",
       "MODEL_MISMATCH",
       "CURSOR_EXPIRED",
       "QUERY_TOO_COMPLEX",
       "QUOTA_EXCEEDED",
       "STORAGE_FULL",
       "RATE_LIMITED",
       "DEPENDENCY_UNAVAILABLE",
       "TIMEOUT",
       "INTERNAL_SERVER_ERROR",
     ]
    `);
  });

  it('have these HTTP statuses outside GraphQL, and these can be repeated', () => {
    const facts = ERROR_CODES.map((code) => {
      const { retryable } = new DomainError(code, 'x');
      return `${code} ${httpStatusOf(code)}${retryable ? ' retryable' : ''}`;
    });
    expect(facts).toMatchInlineSnapshot(`
     [
       "UNAUTHENTICATED 401",
       "FORBIDDEN 403",
       "NOT_FOUND 404",
       "BAD_USER_INPUT 400",
       "CONFLICT 409",
       "IDEMPOTENT_PARAMETER_MISMATCH 409",
       "IMAGE_UNREADABLE 422",
       "IMAGE_UNSUPPORTED 415",
       "IMAGE_TOO_LARGE 413",
       "UPLOAD_EXPIRED 410",
       "URL_REFUSED 400",
       "NO_FACE_FOUND 422",
       "AMBIGUOUS_FACE 422",
       "KNOWN_ELSEWHERE 422",
       "MODEL_MISMATCH 400",
       "CURSOR_EXPIRED 400",
       "QUERY_TOO_COMPLEX 400",
       "QUOTA_EXCEEDED 429",
       "STORAGE_FULL 507 retryable",
       "RATE_LIMITED 429 retryable",
       "DEPENDENCY_UNAVAILABLE 503 retryable",
       "TIMEOUT 504 retryable",
       "INTERNAL_SERVER_ERROR 500",
     ]
    `);
  });
});

describe('formatError', () => {
  it('passes a domain error on, wherever graphql-js has put it', () => {
    const error = badInput({ path: 'input.name', rule: 'must be short' });
    const located = new GraphQLError('x', { originalError: new GraphQLError('y', { originalError: error }) });
    expect(formatError(located)).toEqual({
      message: 'input.name must be short.',
      extensions: {
        code: 'BAD_USER_INPUT',
        retryable: false,
        errorId: expect.stringMatching(UUID),
        details: { fields: [{ path: 'input.name', rule: 'must be short' }] },
      },
    });
  });

  it('masks what nobody foresaw', () => {
    const cause = new Error('password=hunter2 at 10.0.0.1');
    const formatted = formatError(new GraphQLError(cause.message, { originalError: cause, path: ['viewer'] }));
    expect(formatted).toMatchObject({ path: ['viewer'], extensions: { code: 'INTERNAL_SERVER_ERROR' } });
    expect(JSON.stringify(formatted)).not.toContain('hunter2');
    for (const odd of ['text', undefined, null, 7, new TypeError('hunter2')]) {
      expect(JSON.stringify(formatError(odd))).not.toContain('hunter2');
      expect(formatError(odd).extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
    }
  });

  it('masks a resolver that broke its own schema', () => {
    const inner = new GraphQLError('Enum "X" cannot represent value: "secret"');
    const located = new GraphQLError(inner.message, { originalError: inner, path: ['viewer', 'scopes'] });
    expect(formatError(located).extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  });

  it('says where a variable is wrong and drops its value', () => {
    const message =
      'Variable "$input" got invalid value "SECRET" at "input.items[3].image"; Int cannot represent non-integer value: "SECRET"';
    const formatted = formatError(new GraphQLError(message));
    expect(formatted.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { fields: [{ path: 'input.items.3.image' }] },
    });
    expect(JSON.stringify(formatted)).not.toContain('SECRET');
  });

  it('says which field of a variable is missing or unknown', () => {
    const message =
      'Variable "$input" got invalid value { a: "SECRET" }; Field "name" of required type "String!" was not provided.';
    expect(formatError(new GraphQLError(message)).message).toBe(
      'input: Field "name" of required type "String!" was not provided.',
    );
  });

  it('gives one error one id, in the answer and in the log', () => {
    const lines: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const error = new GraphQLError('boom', { originalError: new Error('boom'), path: ['x'] });
    logError(logger, error, { requestId: 'r' });
    const logged = JSON.parse(lines[0]!);
    expect(logged).toMatchObject({ level: 50, requestId: 'r', err: { message: 'boom' } });
    expect(formatError(error).extensions?.['errorId']).toBe(logged.errorId);
    logError(logger, notFound('person'));
    expect(JSON.parse(lines[1]!)).toMatchObject({ level: 20, code: 'NOT_FOUND' });
  });
});
