import type { Response } from 'express';
import type { Logger } from 'pino';
import { httpStatusOf, logError, publicErrorOf } from '../graphql/errors';
import { answerJson } from './early-answer';
import { localsOf, setRetryAfter } from './middleware';
import { noteError } from './request-log';

/**
 * Answers a refused request outside GraphQL: `{error: {code, message, retryable, errorId, details?}}`, never cached.
 *
 * @param facts ids for the log; never the address, which holds a signature.
 */
export function sendRouteError(
  response: Response,
  error: unknown,
  logger: Logger,
  facts: Readonly<Record<string, unknown>>,
): void {
  noteError(localsOf(response).notes, error);
  logError(logger, error, facts);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { code, message, retryable, errorId, details } = publicErrorOf(error);
  setRetryAfter(response, details);
  response.status(httpStatusOf(code)).set('Cache-Control', 'no-store');
  void answerJson(response, {
    error: { code, message, retryable, errorId, ...(details === undefined ? {} : { details }) },
  });
}
