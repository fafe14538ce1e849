import { ArrayMaxSize, ArrayMinSize, IsISO8601, IsUUID, Length, Matches } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../graphql/connection';
import { createOrder } from '../../graphql/order';
import { JSONObject } from '../../graphql/scalars';
import type { Order } from '../../records/page';
import type { PersonOrderField } from '../../records/person';
import { PersonFilterInput } from './person-filter.inputs';

@InputType({ description: 'A new person.' })
export class CreatePersonInput {
  @Field(() => ID, { description: 'The collection that is to know them.' })
  collectionId!: string;

  @Field({ description: 'How people call them, 1-255 characters.' })
  @Length(1, 255)
  displayName!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Your own id of them, 1-255 characters, unique in the collection.',
  })
  @Length(1, 255)
  externalId?: string | null;

  @Field(() => JSONObject, { nullable: true, description: 'What else you keep of them: a JSON object, at most 16 KB.' })
  metadata?: Record<string, unknown> | null;

  @Field(() => [String], { nullable: true, description: 'What else they are called: at most 20 of 1-255 characters.' })
  @ArrayMaxSize(20)
  @Length(1, 255, { each: true })
  aliases?: string[] | null;

  @Field(() => String, { nullable: true, description: 'YYYY-MM-DD; null: not known.' })
  @IsISO8601({ strict: true })
  @Length(10, 10)
  bornOn?: string | null;

  @Field(() => String, { nullable: true, description: 'YYYY-MM-DD; null: they live, or it is not known.' })
  @IsISO8601({ strict: true })
  @Length(10, 10)
  diedOn?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      '1-64 letters, digits, _ or -. The same token in the same collection is the same person, as they are by then.',
  })
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'clientRequestToken must be 1-64 letters, digits, _ or -' })
  clientRequestToken?: string | null;
}

@InputType({ description: 'Changes of a person; what is left out stays.' })
export class UpdatePersonInput {
  @Field(() => ID, { description: 'The person.' })
  id!: string;

  @Field({ nullable: true, description: 'How people call them, 1-255 characters.' })
  @Length(1, 255)
  displayName?: string;

  @Field(() => String, { nullable: true, description: 'Your own id of them; null removes it.' })
  @Length(1, 255)
  externalId?: string | null;

  @Field(() => [String], { nullable: true, description: 'Replaces their own aliases: at most 20 of 1-255 characters.' })
  @ArrayMaxSize(20)
  @Length(1, 255, { each: true })
  aliases?: string[];

  @Field(() => String, {
    nullable: true,
    description: 'YYYY-MM-DD; null: not known. They are not suggested for photographs that were taken before.',
  })
  @IsISO8601({ strict: true })
  @Length(10, 10)
  bornOn?: string | null;

  @Field(() => String, { nullable: true, description: 'YYYY-MM-DD; null: they live, or it is not known.' })
  @IsISO8601({ strict: true })
  @Length(10, 10)
  diedOn?: string | null;

  @Field(() => JSONObject, { nullable: true, description: 'Replaces all metadata: a JSON object, at most 16 KB.' })
  metadata?: Record<string, unknown>;
}

const PersonOrderInput = createOrder<PersonOrderField>('Person', {
  NAME: 'By display name, whatever its case and accents; of names that begin with the same 64 letters, by id.',
  CREATED_AT: 'By when they were made known.',
  FACE_COUNT: 'By how many faces of theirs searches can find.',
});

@ArgsType()
export class PersonsArgs extends PageArgs {
  @Field(() => ID, { description: 'The collection.' })
  collectionId!: string;

  @Field(() => PersonFilterInput, { nullable: true, description: 'Which ones; all otherwise.' })
  filter?: PersonFilterInput | null;

  @Field(() => PersonOrderInput, { nullable: true, description: 'How to order them; CREATED_AT ASC otherwise.' })
  orderBy?: Order<PersonOrderField> | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Where in the order to begin, in place of `after`: the first letters of a name (NAME), a time such as 2026-11-29T12:00:00Z (CREATED_AT), a number (FACE_COUNT). `before` with the cursor of the first row leads to what comes before it.',
  })
  @Length(1, 255)
  startAt?: string | null;
}

@InputType({ description: 'Persons to delete.' })
export class DeletePersonsInput {
  @Field(() => [ID], { description: '1-1000 ids; ids of nobody are passed over.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @IsUUID('all', { each: true, message: 'personIds must be UUIDs' })
  personIds!: string[];

  @Field({ defaultValue: false, description: 'Leave their faces in the collection, assigned to nobody.' })
  keepFaces!: boolean;
}
