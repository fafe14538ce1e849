import { ArrayMaxSize, ArrayNotEmpty, IsInt, Length, Max, Min, ValidateBy, ValidateIf } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { PageArgs } from '../../graphql/connection';
import { DateTime } from '../../graphql/scalars';
import { MAX_BOUND_COLLECTIONS, MAX_NETWORKS } from '../../domain/key-rights';
import { isNetwork } from '../../domain/networks';
import { API_KEY_SCOPES, type ApiKeyScope } from '../../domain/scopes';
import { ApiKeyScopeEnum } from './api-key.types';

const TENANT_DESCRIPTION = 'Whose key; only for the operator, who must say it.';

@InputType({ description: 'A new API key.' })
export class CreateApiKeyInput {
  @Field({ description: 'What it is for, 1-255 characters.' })
  @Length(1, 255)
  name!: string;

  @Field(() => [ApiKeyScopeEnum], { description: 'What it may do: no more than the key that makes it.' })
  @ArrayNotEmpty()
  @ArrayMaxSize(API_KEY_SCOPES.length)
  scopes!: ApiKeyScope[];

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it stops working, no later than the key that makes it; null: never.',
  })
  expiresAt?: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether it is for tests and demonstrations, lk_test_; null: as the key that makes it. A test key makes test keys only.',
  })
  isTest?: boolean | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'The collections that it is bound to, 1-100: it sees and touches nothing of the tenant’s others. Null: as the key that makes it. A bound key makes keys of its own collections only.',
  })
  @ValidateIf((_, value) => value !== null && value !== undefined)
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_BOUND_COLLECTIONS)
  collectionIds?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Networks that it works from, 1-50 like 10.1.0.0/16, fd12::/64 or one address; null: as the key that makes it. Over HTTP, on sockets, at addresses of uploads and images.',
  })
  @ValidateIf((_, value) => value !== null && value !== undefined)
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_NETWORKS)
  @ValidateBy({
    name: 'areNetworks',
    validator: {
      validate: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string' && isNetwork(one)),
      defaultMessage: () => 'allowedNetworks must be networks like 10.1.0.0/16 or fd12::/64, or single addresses',
    },
  })
  allowedNetworks?: string[] | null;

  @Field({
    defaultValue: false,
    description: 'Make it although it does not work from where you are, which allowedNetworks is refused for.',
  })
  force: boolean = false;

  @Field(() => ID, { nullable: true, description: TENANT_DESCRIPTION })
  tenantId?: string | null;
}

@InputType({ description: 'Which key to replace.' })
export class RotateApiKeyInput {
  @Field(() => ID, { description: 'The key that is replaced.' })
  id!: string;

  @Field(() => Int, {
    defaultValue: 86_400,
    description: 'How long the old key works on, 0 seconds to 30 days; a day unless said.',
  })
  @IsInt()
  @Min(0)
  @Max(30 * 86_400)
  graceSeconds: number = 86_400;

  @Field(() => ID, { nullable: true, description: TENANT_DESCRIPTION })
  tenantId?: string | null;
}

@InputType({ description: 'Which key to end.' })
export class RevokeApiKeyInput {
  @Field(() => ID, { description: 'The key.' })
  id!: string;

  @Field(() => ID, { nullable: true, description: TENANT_DESCRIPTION })
  tenantId?: string | null;
}

@ArgsType()
export class ApiKeysArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Whose keys; only for the operator, who must say it.' })
  tenantId?: string | null;
}
