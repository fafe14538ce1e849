import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { assertInputLimits } from './input-limits';
import { assertWithinLimits } from './limits';
import type { Principal } from './principal';
import { assertVisible } from './visibility';

/**
 * All that an operation is judged by before anything of it is done, whatever it came by: its cost, the size of its
 * variables, and whether its caller may see what it selects.
 * @throws DomainError BAD_USER_INPUT, QUERY_TOO_COMPLEX, FORBIDDEN.
 */
export function assertAllowed(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> | null | undefined,
  principal: Principal | null,
): void {
  const given = variables ?? {};
  assertWithinLimits(schema, document, operation, given);
  assertInputLimits(schema, document, operation, given);
  assertVisible(schema, document, operation, given, principal);
}
