import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { ApiKeyScope } from '../../domain/scopes';
import { ApiKeyScopeEnum } from '../api-keys/api-key.types';
import { TenantLimits } from '../tenants/tenant.types';

@ObjectType({ description: 'The tenant that a key belongs to, as it sees itself.', simpleResolvers: true })
export class ViewerTenant {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field({ description: 'What people call it.' })
  name!: string;
}

@ObjectType({
  description: 'What the tenant holds now; for a bound key, what its collections hold.',
  simpleResolvers: true,
})
export class Usage {
  @Field(() => Int, { description: 'Collections.' })
  collections!: number;

  @Field(() => Int, { description: 'Persons over all collections.' })
  persons!: number;

  @Field(() => Int, { description: 'Faces that searches can find, over all collections.' })
  faces!: number;

  @Field(() => Int, {
    description: 'MB (1,048,576 bytes, rounded up) of stored images, those on their way out included.',
  })
  imageMegabytes!: number;

  @Field(() => Int, { description: 'MB, rounded up, of uploads that are not used up or removed yet.' })
  openUploadMegabytes!: number;
}

@ObjectType({ description: 'Who is calling.' })
export class Viewer {
  @Field(() => ViewerTenant, { nullable: true, description: 'The tenant; null for the operator.' })
  tenant!: ViewerTenant | null;

  @Field({ description: 'The name of the key that calls.' })
  keyName!: string;

  @Field(() => [ApiKeyScopeEnum], { description: 'What the key may do; none for the operator, who manages tenants.' })
  scopes!: ApiKeyScope[];

  @Field(() => [ID], {
    nullable: true,
    description: 'The collections that the key is bound to; null: it sees the whole tenant.',
  })
  collectionIds!: readonly string[] | null;

  @Field(() => TenantLimits, { nullable: true, description: 'What the tenant may hold; null for the operator.' })
  limits!: TenantLimits | null;
}
