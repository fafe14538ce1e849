import { ArgsType, Field, ID } from 'type-graphql';
import { DateTime } from '../../graphql/scalars';

@ArgsType()
export class UsageArgs {
  @Field(() => DateTime, { description: 'From the day on (UTC) that this is in.' })
  from!: Date;

  @Field(() => DateTime, { description: 'Before the day (UTC) that this is in; at most 400 days after `from`.' })
  to!: Date;

  @Field(() => ID, { nullable: true, description: 'Only what was done with this key, such as one that was revoked.' })
  apiKeyId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The tenant; needed with the operator key, and with no other.' })
  tenantId?: string | null;
}
