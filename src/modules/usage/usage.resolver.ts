import { Args, Query, Resolver } from 'type-graphql';
import { Caller, OfWholeTenant, RequireScopeOrOperator } from '../../graphql/access';
import { Cost } from '../../graphql/limits';
import { managedTenant } from '../../graphql/managed-tenant';
import type { Principal } from '../../graphql/principal';
import { UsageArgs } from './usage.inputs';
import { UsageService } from './usage.service';
import { UsageDay } from './usage.types';

@Resolver(() => UsageDay)
export class UsageResolver {
  constructor(private readonly service: UsageService) {}

  @Cost(400)
  @RequireScopeOrOperator('ADMIN')
  @OfWholeTenant()
  @Query(() => [UsageDay], {
    description:
      'What the tenant used, by day, the oldest first; days without use are left out. A second behind what is done.',
  })
  usage(@Caller() caller: Principal, @Args(() => UsageArgs) args: UsageArgs): Promise<UsageDay[]> {
    return this.service.list(managedTenant(caller, args.tenantId), args);
  }
}
