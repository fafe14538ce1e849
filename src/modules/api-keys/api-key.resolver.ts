import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { badInput } from '../../domain/errors';
import { Networks } from '../../domain/networks';
import { Caller, RequireScopeOrOperator } from '../../graphql/access';
import type { ApiContext } from '../../graphql/context';
import { managedTenant } from '../../graphql/managed-tenant';
import type { Connection } from '../../graphql/connection';
import { byId, Pager, type ListSource } from '../../graphql/pager';
import type { Principal } from '../../graphql/principal';
import { GoesOnWhenFull } from '../../graphql/room';
import type { ApiKeyRecord } from '../../records/api-key';
import { OLDEST_FIRST } from '../../records/page';
import { ApiKeysArgs, CreateApiKeyInput, RevokeApiKeyInput, RotateApiKeyInput } from './api-key.inputs';
import { ApiKeyService, type KeyManager } from './api-key.service';
import {
  ApiKey,
  ApiKeyConnection,
  CreateApiKeyPayload,
  RevokeApiKeyPayload,
  RotateApiKeyPayload,
} from './api-key.types';

function managerOf(caller: Principal): KeyManager {
  return caller.kind === 'tenant' ? caller.apiKeyId : null;
}

/** @throws DomainError BAD_USER_INPUT when whoever makes the key could not use it. */
function assertWorksFrom(networks: readonly string[], address: string | null): void {
  if (address !== null && new Networks(networks).has(address)) return;
  throw badInput({
    path: 'input.allowedNetworks',
    rule: `must have the network that you call from (${address ?? 'which is not known'}), or this key shuts you out: add it, or say force: true`,
  });
}

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  constructor(
    private readonly service: ApiKeyService,
    private readonly pager: Pager,
  ) {}

  @RequireScopeOrOperator('ADMIN')
  @Query(() => ApiKeyConnection, { description: 'The tenant’s API keys, oldest first; never a secret.' })
  async apiKeys(@Caller() caller: Principal, @Args(() => ApiKeysArgs) args: ApiKeysArgs): Promise<Connection<ApiKey>> {
    const scope = managedTenant(caller, args.tenantId);
    const list: ListSource<ApiKeyRecord, 'CREATED_AT'> = {
      owner: scope,
      name: 'apiKeys',
      order: OLDEST_FIRST,
      rows: (page) => this.service.list(scope, page),
      count: (atMost) => this.service.count(scope, atMost),
      position: byId,
    };
    return this.pager.connection(args, list, (row) => row);
  }

  @RequireScopeOrOperator('ADMIN')
  @Mutation(() => CreateApiKeyPayload, { description: 'Makes an API key and shows its text this once.' })
  createApiKey(
    @Caller() caller: Principal,
    @Ctx() { client }: ApiContext,
    @Arg('input', () => CreateApiKeyInput, { description: 'What the key is for.' }) input: CreateApiKeyInput,
  ): Promise<CreateApiKeyPayload> {
    const { name, scopes, expiresAt = null, isTest, collectionIds, allowedNetworks, force, tenantId } = input;
    if (allowedNetworks && !force) assertWorksFrom(allowedNetworks, client?.address ?? null);
    const command = {
      name,
      scopes,
      expiresAt,
      ...(isTest === null || isTest === undefined ? {} : { isTest }),
      ...(collectionIds ? { collectionIds } : {}),
      ...(allowedNetworks ? { allowedNetworks } : {}),
    };
    return this.service.create(managedTenant(caller, tenantId), managerOf(caller), command);
  }

  @RequireScopeOrOperator('ADMIN')
  @Mutation(() => RotateApiKeyPayload, {
    description:
      'Makes a key with the same name, scopes, collections, networks and end; both work until the grace of the old one has passed. CONFLICT when two keys of the rotation would work beside the new one.',
  })
  rotateApiKey(
    @Caller() caller: Principal,
    @Arg('input', () => RotateApiKeyInput, { description: 'Which key.' }) input: RotateApiKeyInput,
  ): Promise<RotateApiKeyPayload> {
    const scope = managedTenant(caller, input.tenantId);
    return this.service.rotate(scope, managerOf(caller), input.id, input.graceSeconds);
  }

  @RequireScopeOrOperator('ADMIN')
  @GoesOnWhenFull()
  @Mutation(() => RevokeApiKeyPayload, {
    description:
      'Ends a key that may do no more than the caller’s: requests are refused within a second, its sockets are closed with 4403 within two.',
  })
  async revokeApiKey(
    @Caller() caller: Principal,
    @Arg('input', () => RevokeApiKeyInput, { description: 'Which key.' }) input: RevokeApiKeyInput,
  ): Promise<RevokeApiKeyPayload> {
    return { apiKey: await this.service.revoke(managedTenant(caller, input.tenantId), managerOf(caller), input.id) };
  }

  @FieldResolver(() => ApiKey, {
    nullable: true,
    description: 'The newest key that rotateApiKey made in its place; null: none.',
  })
  successor(
    @Caller() caller: Principal,
    @Ctx() { loaders }: ApiContext,
    @Root() { id, tenantId }: ApiKeyRecord,
  ): Promise<ApiKeyRecord | null> {
    const scope = managedTenant(caller, tenantId);
    // One loader a tenant: the operator may ask for the keys of several at once.
    return loaders.get(`apiKey.successor ${tenantId}`, (ids) => this.service.findSuccessors(scope, ids)).get(id);
  }

  @FieldResolver(() => ApiKey, {
    nullable: true,
    description: 'The key that it took the place of; null: it was made by itself.',
  })
  async predecessor(
    @Caller() caller: Principal,
    @Ctx() { loaders }: ApiContext,
    @Root() { predecessorId, tenantId }: ApiKeyRecord,
  ): Promise<ApiKeyRecord | null> {
    if (predecessorId === null) return null;
    const scope = managedTenant(caller, tenantId);
    return loaders.get(`apiKey.predecessor ${tenantId}`, (ids) => this.service.findMany(scope, ids)).get(predecessorId);
  }
}
