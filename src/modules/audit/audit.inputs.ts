import { ArrayMaxSize, ArrayNotEmpty, IsUUID, Length, MaxLength } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import type { AuditParty } from '../../domain/audit';
import { PageArgs } from '../../graphql/connection';
import { createOrder } from '../../graphql/order';
import { DateTime } from '../../graphql/scalars';
import type { Order } from '../../records/page';
import { AuditPartyEnum } from './audit.types';

@InputType({
  description: 'Which rows of the audit; all conditions must hold. Rows that were erased are found by time alone.',
})
export class AuditEntryFilterInput {
  @Field(() => [String], { nullable: true, description: 'Only these operations, 1-50, such as searchFaces.' })
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @MaxLength(100, { each: true })
  operations?: string[] | null;

  @Field(() => AuditPartyEnum, { nullable: true, description: 'Only what this kind of caller did.' })
  by?: AuditParty | null;

  @Field(() => ID, { nullable: true, description: 'Only what was done with this key.' })
  @IsUUID('all', { message: 'apiKeyId must be a UUID' })
  apiKeyId?: string | null;

  @Field(() => String, { nullable: true, description: 'Only what a client did for this actor, as the row has it.' })
  @Length(1, 128)
  actor?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only what was about this collection.' })
  @IsUUID('all', { message: 'collectionId must be a UUID' })
  collectionId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only what was about this person, face, image, upload, job or key.' })
  @IsUUID('all', { message: 'subjectId must be a UUID' })
  subjectId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Only from then on.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Only before then.' })
  to?: Date | null;
}

const AuditEntryOrderInput = createOrder<'CREATED_AT'>('AuditEntry', { CREATED_AT: 'By number, which is by time.' });

@ArgsType()
export class AuditLogArgs extends PageArgs {
  @Field(() => AuditEntryFilterInput, { nullable: true, description: 'Which ones; all otherwise.' })
  filter?: AuditEntryFilterInput | null;

  @Field(() => AuditEntryOrderInput, { nullable: true, description: 'How to order them; CREATED_AT ASC otherwise.' })
  orderBy?: Order<'CREATED_AT'> | null;
}

@InputType({ description: 'A match of a search.' })
export class ConfirmMatchInput {
  @Field(() => ID, { description: 'The search: `searchId` of searchFaces or of verifyPerson.' })
  searchId!: string;

  @Field(() => ID, { description: 'The person whom it found.' })
  personId!: string;
}
