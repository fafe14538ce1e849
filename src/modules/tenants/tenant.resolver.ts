import { Arg, Args, ID, Mutation, Query, Resolver } from 'type-graphql';
import { RequireOperator } from '../../graphql/access';
import { GoesOnWhenFull } from '../../graphql/room';
import { PageArgs, type Connection } from '../../graphql/connection';
import { byId, Pager, type ListSource } from '../../graphql/pager';
import { OLDEST_FIRST } from '../../records/page';
import type { TenantRecord } from '../../records/tenant';
import {
  CreateTenantInput,
  DeleteTenantInput,
  SuspendTenantInput,
  UpdateTenantInput,
  type TenantLimitsInput,
} from './tenant.inputs';
import { TenantService } from './tenant.service';
import {
  CreateTenantPayload,
  DeleteTenantPayload,
  SuspendTenantPayload,
  Tenant,
  TenantConnection,
  UpdateTenantPayload,
} from './tenant.types';

/** Those that the request names; an input object has its unnamed ones as undefined. */
function givenLimits(limits: TenantLimitsInput | null | undefined): Partial<Tenant['limits']> {
  return Object.fromEntries(Object.entries(limits ?? {}).filter(([, most]) => most !== undefined));
}

@Resolver(() => Tenant)
export class TenantResolver {
  constructor(
    private readonly service: TenantService,
    private readonly pager: Pager,
  ) {}

  @RequireOperator()
  @Query(() => TenantConnection, { description: 'Every tenant, oldest first. Operator only.' })
  async tenants(@Args(() => PageArgs) args: PageArgs): Promise<Connection<Tenant>> {
    const list: ListSource<TenantRecord, 'CREATED_AT'> = {
      owner: 'operator',
      name: 'tenants',
      order: OLDEST_FIRST,
      rows: (page) => this.service.list(page),
      count: (atMost) => this.service.count(atMost),
      position: byId,
    };
    return this.pager.connection(args, list, (row) => row);
  }

  @RequireOperator()
  @Query(() => Tenant, { nullable: true, description: 'One tenant; null when there is none. Operator only.' })
  tenant(@Arg('id', () => ID, { description: 'The tenant.' }) id: string): Promise<Tenant | null> {
    return this.service.find(id);
  }

  @RequireOperator()
  @Mutation(() => CreateTenantPayload, { description: 'Makes a tenant and its first key. Operator only.' })
  createTenant(
    @Arg('input', () => CreateTenantInput, { description: 'The tenant.' }) input: CreateTenantInput,
  ): Promise<CreateTenantPayload> {
    return this.service.create(input.name, givenLimits(input.limits));
  }

  @RequireOperator()
  @Mutation(() => UpdateTenantPayload, {
    description: 'Renames, limits, weighs, suspends or resumes a tenant. Operator only.',
  })
  async updateTenant(
    @Arg('input', () => UpdateTenantInput, { description: 'What changes.' }) input: UpdateTenantInput,
  ): Promise<UpdateTenantPayload> {
    const { id, name, limits, weight, secondKeyConfirms, status } = input;
    const tenant = await this.service.update(id, {
      ...(name ? { name } : {}),
      ...(limits ? { limits: givenLimits(limits) } : {}),
      ...(weight ? { weight } : {}),
      ...(typeof secondKeyConfirms === 'boolean' ? { secondKeyConfirms } : {}),
      ...(status ? { status } : {}),
    });
    return { tenant };
  }

  @RequireOperator()
  @GoesOnWhenFull()
  @Mutation(() => SuspendTenantPayload, {
    description:
      'Refuses all keys of a tenant within a second; its data stays. updateTenant resumes it. Operator only.',
  })
  async suspendTenant(
    @Arg('input', () => SuspendTenantInput, { description: 'Which tenant.' }) { id }: SuspendTenantInput,
  ): Promise<SuspendTenantPayload> {
    return { tenant: await this.service.update(id, { status: 'SUSPENDED' }) };
  }

  @RequireOperator()
  @GoesOnWhenFull()
  @Mutation(() => DeleteTenantPayload, {
    description: 'Revokes all keys of a tenant and removes all that it holds. There is no way back. Operator only.',
  })
  async deleteTenant(
    @Arg('input', () => DeleteTenantInput, { description: 'Which tenant.' }) { id }: DeleteTenantInput,
  ): Promise<DeleteTenantPayload> {
    return { tenant: await this.service.delete(id) };
  }
}
