import { Arg, ID, Query, Resolver } from 'type-graphql';
import { Caller, RequireScopeOrOperator } from '../../graphql/access';
import { Node, type TypedNode } from '../../graphql/node';
import type { Principal } from '../../graphql/principal';
import { NodeService } from './node.service';

@Resolver()
export class NodeResolver {
  constructor(private readonly service: NodeService) {}

  @RequireScopeOrOperator('READ', 'ADMIN')
  @Query(() => Node, {
    nullable: true,
    description:
      'Whatever has this id and the key may read: a Collection, Person, Face, Image or Job with READ, an ApiKey with ADMIN, a Tenant with the operator key; null otherwise.',
  })
  async node(
    @Caller() caller: Principal,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<TypedNode | null> {
    if (caller.kind === 'operator') {
      const tenant = await this.service.findTenant(id);
      return tenant && { ...tenant, __typename: 'Tenant' };
    }
    const found = await this.service.find(caller.scope, caller.scopes, id);
    return found && { ...found.node, __typename: found.type };
  }
}
