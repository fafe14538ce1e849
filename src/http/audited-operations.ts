import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import { onTrail, type AuditTrail } from '../database';
import type { AuditCaller } from '../domain/audit';
import type { ApiContext } from '../graphql/context';
import type { AuditStore } from '../modules/audit/audit.store';

/**
 * Lets the audit know who calls what: all that a root field does, it does on its caller's trail. A mutation that has left no row of
 * its own, such as one that found nothing to change, leaves one here.
 */
export function auditOperations(schema: GraphQLSchema, entries: Pick<AuditStore, 'add'>): void {
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    const changes = root === schema.getMutationType();
    for (const field of Object.values(root?.getFields() ?? {})) {
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args, context: ApiContext, info): unknown => {
        const caller = callerOf(context, field.name);
        // Who has no key is refused by the field itself.
        if (!caller) return resolve(source, args, context, info);
        const trail: AuditTrail = { caller, rows: 0 };
        return onTrail(trail, async () => {
          const answer: unknown = await resolve(source, args, context, info);
          const { principal } = context;
          if (changes && trail.rows === 0 && principal?.kind === 'tenant') {
            await entries.add(principal.scope, [{ caller, fact: {} }]);
          }
          return answer;
        });
      };
    }
  }
}

function callerOf({ principal, client, requestId }: ApiContext, operation: string): AuditCaller | null {
  if (!principal) return null;
  return {
    by: principal.kind === 'operator' ? 'OPERATOR' : 'KEY',
    apiKeyId: principal.kind === 'tenant' ? principal.apiKeyId : null,
    actor: client?.actor ?? null,
    address: client?.address ?? null,
    requestId,
    operation,
  };
}
