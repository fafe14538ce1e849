import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { badInput, DomainError } from '../domain/errors';
import { MEGABYTE } from '../domain/units';
import type { Principal } from '../graphql/principal';
import { BodyTurns } from './body-turns';
import type { ByteBudget, Hold } from './byte-budget';
import type { ClientAddresses } from './client-address';
import { BULK_JSON_LIMITS, JSON_LIMITS, JsonShape, tooManyTokens } from './json-shape';
import { localsOf, sendErrors } from './middleware';
import { ClientGoneError, readBody } from './request-body';

/** Two base64 images of 4 MB (compareFaces) are 10.7 MB of text; the rest is room for the operation. */
const MAX_BODY_BYTES = 12 * 1024 * 1024;
/** Bodies up to this are counted apart, so that large ones that are under way keep nobody from asking. */
export const SMALL_BODY_BYTES = 64 * 1024;

/** The budgets of all bodies and messages of this process. */
export interface BodyBudgets {
  readonly small: ByteBudget;
  readonly large: ByteBudget;
}

export interface OperationBodyOptions {
  readonly budgets: BodyBudgets;
  readonly addresses: ClientAddresses;
  readonly logger: Logger;
}

/** On whose account a caller's bytes are: its key's and its tenant's; a stranger's address. */
export function partiesOf(principal: Principal | null | undefined, address: string): readonly string[] {
  if (!principal) return [`address ${address}`];
  if (principal.kind === 'operator') return ['operator'];
  return [`key ${principal.apiKeyId}`, `tenant ${principal.scope.tenantId}`];
}

/** Who takes turns with others: a tenant's keys are one party. */
export function partyOf(principal: Principal | null | undefined, address: string): string {
  return partiesOf(principal, address).at(-1)!;
}

const BULK_FIELD = 'enrollFaces';

/** Judges an operation by its bytes as they come. */
export class OperationShape {
  private readonly shape: JsonShape;

  /** Only whoever may enrol sends long lists. */
  constructor(principal: Principal | null | undefined) {
    const mayEnrol = principal?.kind === 'tenant' && principal.scopes.has('ENROLL');
    this.shape = new JsonShape(mayEnrol ? BULK_JSON_LIMITS : JSON_LIMITS);
  }

  /** Whether there is a list in it that is longer than most fields take. */
  get hasLongList(): boolean {
    return this.shape.tokens > JSON_LIMITS.maxTokens;
  }

  /** @throws DomainError BAD_USER_INPUT. */
  feed(bytes: Buffer): void {
    this.shape.feed(bytes);
  }

  /** @param whole all that was fed. @throws DomainError BAD_USER_INPUT for a long list where no field takes one. */
  assertKind(whole: Buffer): void {
    if (this.hasLongList && !whole.includes(BULK_FIELD)) throw tooManyTokens(JSON_LIMITS);
  }
}

/**
 * Reads an operation: within the budgets of its sender, at a pace, and judged by its bytes before it is parsed. What it
 * holds is given back when the answer has gone out.
 */
export function operationBody(options: OperationBodyOptions): RequestHandler {
  const turns = new BodyTurns();
  return async (req, res, next) => {
    try {
      req.body = await receive(req, res, options, turns);
    } catch (error) {
      if (error instanceof ClientGoneError) return;
      sendErrors(res, error, options.logger, statusOf(error));
      return;
    }
    next();
  };
}

async function receive(
  req: Request,
  res: Response,
  { budgets, addresses }: OperationBodyOptions,
  turns: BodyTurns,
): Promise<unknown> {
  assertHeaders(req);
  const { principal } = localsOf(res);
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > MAX_BODY_BYTES) throw new BodyTooLargeError();
  const isSmall = announced > 0 && announced <= SMALL_BODY_BYTES;
  const parties = partiesOf(principal, addresses.of(req));
  const hold = (isSmall ? budgets.small : budgets.large).hold(parties);
  // Who left while the key was looked up closes nothing any more that would give it back.
  if (res.closed || req.destroyed) throw new ClientGoneError();
  res.once('close', () => hold.release());
  try {
    const shape = new OperationShape(principal);
    const bytes = await readWithin(hold, announced, req, shape);
    if (isSmall) return parseBody(bytes);
    const party = parties.at(-1)!;
    if (shape.hasLongList) await turns.takeListPlace(party, res);
    return await turns.parse(party, () => parseBody(bytes));
  } catch (error) {
    // Its sender may take a while to hear of it.
    hold.release();
    throw error;
  }
}

async function readWithin(hold: Hold, announced: number, req: Request, shape: OperationShape): Promise<Buffer> {
  hold.grow(announced);
  const bytes = await readBody(req, (chunk, before) => {
    const soFar = before + chunk.length;
    if (soFar > MAX_BODY_BYTES) throw new BodyTooLargeError();
    // What was announced is held already.
    if (soFar > announced) hold.grow(soFar - Math.max(announced, before));
    shape.feed(chunk);
  });
  shape.assertKind(bytes);
  return bytes;
}

function assertHeaders(req: Request): void {
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/json') {
    throw badInput({ path: 'headers.content-type', rule: 'must be application/json' });
  }
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw badInput({ path: 'headers.content-encoding', rule: 'must be left out: send the JSON as it is' });
  }
}

function parseBody(bytes: Buffer): unknown {
  try {
    const body: unknown = JSON.parse(bytes.toString());
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // Said below.
  }
  throw new DomainError(
    'BAD_USER_INPUT',
    'The request body is not JSON that can be read. Send {"query": ..., "variables": ...}.',
  );
}

/** Where HTTP has a word of its own for what is wrong with a body. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof BodyTooLargeError) return 413;
  return error instanceof DomainError && error.code === 'TIMEOUT' ? 408 : undefined;
}

class BodyTooLargeError extends DomainError {
  constructor() {
    const mebibytes = Math.floor(MAX_BODY_BYTES / MEGABYTE);
    super('BAD_USER_INPUT', `The request is larger than ${mebibytes} MiB. Send images by createUploads.`);
  }
}
