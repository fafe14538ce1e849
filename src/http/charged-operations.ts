import type { ApolloServerPlugin } from '@apollo/server';
import type { ServerResponse } from 'node:http';
import { defaultFieldResolver, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { Cost } from '../domain/cost';
import { ACCESS_EXTENSION, assertAccess, type Access } from '../graphql/access';
import { chargesOf } from '../graphql/charges';
import type { ApiContext } from '../graphql/context';
import type { Principal } from '../graphql/principal';
import type { Bill } from '../modules/rates/bill';
import type { Rates } from '../modules/rates/rates.service';

/** What an operation has beside its context. */
export interface ChargedContext extends ApiContext {
  /** Null: who calls has no rates. */
  readonly bill: Bill | null;
}

/** The bill of an operation of this caller. */
export function billFor(rates: Pick<Rates, 'bill'>, principal: Principal | null): Bill | null {
  if (principal?.kind !== 'tenant') return null;
  const { scope, apiKeyId, limits } = principal;
  return rates.bill({ tenantId: scope.tenantId, apiKeyId, limits });
}

/** Takes what root fields cost from who calls them, before they work. Who may not call a field is told that, at no cost. */
export function chargeOperations(schema: GraphQLSchema): void {
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      const charges = chargesOf(field);
      if (!charges) continue;
      const access = field.extensions[ACCESS_EXTENSION] as readonly Access[];
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args: Record<string, unknown>, context: ChargedContext, info): unknown => {
        const { bill, principal } = context;
        if (!bill || !principal) return resolve(source, args, context, info);
        assertAccess(principal, access);
        const amounts = charges(args, context);
        return bill.charge(amounts, async () => {
          const answer: unknown = await resolve(source, args, context, info);
          if (amounts.SEARCHES) bill.record({ searches: amounts.SEARCHES });
          return answer;
        });
      };
    }
  }
}

/** The answer with what it cost. */
export function withCost<Result extends Pick<ExecutionResult, 'extensions'>>(
  result: Result,
  bill: Bill | null,
): Result {
  const cost = bill?.cost();
  return cost ? { ...result, extensions: { ...result.extensions, cost } } : result;
}

/** `x-ratelimit-*`, as GitHub has them: of the limit that is nearest to its end. `reset` is when it is full again, in seconds of Unix time. */
export function costHeaders(
  { rate, limit, remaining, restoreRate }: Cost,
  nowMs: number,
): [name: string, value: string][] {
  const fullMs = ((limit - remaining) / restoreRate) * 1_000;
  return [
    ['x-ratelimit-limit', String(limit)],
    ['x-ratelimit-remaining', String(Math.max(0, remaining))],
    ['x-ratelimit-reset', String(Math.ceil((nowMs + fullMs) / 1_000))],
    ['x-ratelimit-resource', rate.toLowerCase()],
  ];
}

/** Says in the headers of an answer outside GraphQL what it cost. */
export function setCostHeaders(response: ServerResponse, bill: Bill): void {
  const cost = bill.cost();
  if (!cost || response.headersSent) return;
  for (const [name, value] of costHeaders(cost, Date.now())) response.setHeader(name, value);
}

/** Says over HTTP what an operation cost, and of one that was refused for it when to come again. */
export function tellCost(): ApolloServerPlugin<ChargedContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ response: { body, http }, contextValue: { bill } }) => {
        const cost = bill?.cost();
        if (!cost || body.kind !== 'single') return;
        body.singleResult = withCost(body.singleResult, bill);
        for (const [name, value] of costHeaders(cost, Date.now())) http.headers.set(name, value);
        const { data, errors } = body.singleResult;
        const { code, details } = (errors?.[0]?.extensions ?? {}) as { code?: unknown; details?: RefusalDetails };
        if (data || code !== 'RATE_LIMITED' || details?.rate === undefined) return;
        http.status = 429;
        http.headers.set('retry-after', String(Math.ceil((details.retryAfterMs ?? 0) / 1_000)));
      },
    }),
  };
}

interface RefusalDetails {
  readonly rate?: string;
  readonly retryAfterMs?: number;
}
