import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { createConnection } from '../../graphql/connection';
import { Node } from '../../graphql/node';
import { DateTime } from '../../graphql/scalars';
import { TENANT_STATUSES, type TenantStatus } from '../../domain/tenant';
import { ApiKey } from '../api-keys/api-key.types';

export const TenantStatusEnum = Object.fromEntries(TENANT_STATUSES.map((one) => [one, one]));
registerEnumType(TenantStatusEnum, {
  name: 'TenantStatus',
  description: 'Whether a tenant may call.',
  valuesConfig: {
    ACTIVE: { description: 'Its keys work.' },
    SUSPENDED: {
      description:
        'Its keys are refused with FORBIDDEN, its signed addresses take and give nothing, and its jobs stand still; its data stays.',
    },
    DELETING: { description: 'Its keys are revoked and its data is being removed.' },
  },
});

@ObjectType({ description: 'The most of each that a tenant may hold; null: no limit.', simpleResolvers: true })
export class TenantLimits {
  @Field(() => Int, { nullable: true, description: 'Collections.' })
  maxCollections!: number | null;

  @Field(() => Int, { nullable: true, description: 'Persons over all collections.' })
  maxPersons!: number | null;

  @Field(() => Int, { nullable: true, description: 'Faces over all collections.' })
  maxFaces!: number | null;

  @Field(() => Int, { nullable: true, description: 'MB (1,048,576 bytes) of stored images over all collections.' })
  maxImageMegabytes!: number | null;

  @Field(() => Int, { nullable: true, description: 'MB of uploads that are not used up or removed yet.' })
  maxOpenUploadMegabytes!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'How often an hour a key without READ may come near one person: in verifications that fail, and in matches by less than 5 over the threshold.',
  })
  maxNearMatchesHourly!: number | null;

  @Field(() => Int, { nullable: true, description: 'Distinct persons that a key without READ may name in an hour.' })
  maxPersonsNamedHourly!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Searches, verifications and comparisons an hour, and at one moment.',
  })
  maxSearchesHourly!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Faces analysed an hour, in searches and enrolments; an image counts as one at least.',
  })
  maxFacesAnalyzedHourly!: number | null;

  @Field(() => Int, { nullable: true, description: 'Places for uploads given out an hour.' })
  maxUploadsHourly!: number | null;

  @Field(() => Int, { nullable: true, description: 'MB (1,048,576 bytes) sent to uploads an hour.' })
  maxUploadMegabytesHourly!: number | null;

  @Field(() => Int, { nullable: true, description: 'How much of each of these rates one key may take, in percent.' })
  maxKeySharePercent!: number | null;
}

@ObjectType({ implements: Node, description: 'A customer; the wall that nothing crosses.', simpleResolvers: true })
export class Tenant {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field({ description: 'What people call it.' })
  name!: string;

  @Field(() => TenantStatusEnum, { description: 'Whether it may call.' })
  status!: TenantStatus;

  @Field(() => TenantLimits, { description: 'What it may hold.' })
  limits!: TenantLimits;

  @Field(() => Int, {
    description:
      'How large its turns are beside those of other tenants: one of weight 2 gets twice as much of the workers.',
  })
  weight!: number;

  @Field({ description: 'Whether confirmMatch needs another key than the one that searched.' })
  secondKeyConfirms!: boolean;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

export const TenantConnection = createConnection(Tenant, 'TenantConnection');

@ObjectType({ description: 'A new tenant and its first key.', simpleResolvers: true })
export class CreateTenantPayload {
  @Field(() => Tenant, { description: 'The tenant.' })
  tenant!: Tenant;

  @Field(() => ApiKey, { description: 'Its first key, with every scope.' })
  apiKey!: ApiKey;

  @Field({ description: 'The key’s whole text. Keep it now: it is not stored and is never shown again.' })
  secret!: string;
}

@ObjectType({ description: 'The tenant as it is now.', simpleResolvers: true })
export class UpdateTenantPayload {
  @Field(() => Tenant, { description: 'The tenant.' })
  tenant!: Tenant;
}

@ObjectType({ description: 'The tenant whose keys are refused from now on.', simpleResolvers: true })
export class SuspendTenantPayload {
  @Field(() => Tenant, { description: 'The tenant.' })
  tenant!: Tenant;
}

@ObjectType({ description: 'The tenant that is being removed.', simpleResolvers: true })
export class DeleteTenantPayload {
  @Field(() => Tenant, { description: 'The tenant, DELETING; its keys are revoked.' })
  tenant!: Tenant;
}
