import { FieldResolver, Query, Resolver } from 'type-graphql';
import { Caller, RequireAnyKey } from '../../graphql/access';
import type { Principal } from '../../graphql/principal';
import type { TenantUsage } from '../../records/tenant';
import { ViewerService } from './viewer.service';
import { Usage, Viewer } from './viewer.types';

@Resolver(() => Viewer)
export class ViewerResolver {
  constructor(private readonly service: ViewerService) {}

  @RequireAnyKey()
  @Query(() => Viewer, { description: 'Who is calling, with what rights and limits.' })
  viewer(@Caller() caller: Principal): Omit<Viewer, 'usage'> {
    if (caller.kind === 'operator') {
      return { tenant: null, keyName: 'operator', scopes: [], collectionIds: null, limits: null };
    }
    return {
      tenant: { id: caller.scope.tenantId, name: caller.tenantName },
      keyName: caller.keyName,
      scopes: [...caller.scopes],
      collectionIds: caller.scope.collectionIds,
      limits: caller.limits,
    };
  }

  @FieldResolver(() => Usage, { nullable: true, description: 'What the tenant holds now; null for the operator.' })
  usage(@Caller() caller: Principal): Promise<TenantUsage> | null {
    return caller.kind === 'tenant' ? this.service.usage(caller.scope) : null;
  }
}
