import { IsIn, IsInt, Length, Max, Min } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { TenantStatusEnum } from './tenant.types';

@InputType({ description: 'The most of each that a tenant may hold; null: no limit.' })
export class TenantLimitsInput {
  @Field(() => Int, { nullable: true, description: 'Collections.' })
  @IsInt()
  @Min(0)
  maxCollections?: number | null;

  @Field(() => Int, { nullable: true, description: 'Persons over all collections.' })
  @IsInt()
  @Min(0)
  maxPersons?: number | null;

  @Field(() => Int, { nullable: true, description: 'Faces over all collections.' })
  @IsInt()
  @Min(0)
  maxFaces?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'MB (1,048,576 bytes) of stored images over all collections; 51,200 unless said.',
  })
  @IsInt()
  @Min(0)
  maxImageMegabytes?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'MB of uploads that are not used up or removed yet; 4,096 unless said.',
  })
  @IsInt()
  @Min(0)
  maxOpenUploadMegabytes?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'How often an hour a key without READ may come near one person (verifications that fail, matches by less than 5 over the threshold); 100 unless said.',
  })
  @IsInt()
  @Min(0)
  maxNearMatchesHourly?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Distinct persons that a key without READ may name in an hour; 1,000 unless said.',
  })
  @IsInt()
  @Min(0)
  maxPersonsNamedHourly?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Searches, verifications and comparisons an hour, and at one moment; 100,000 unless said.',
  })
  @IsInt()
  @Min(0)
  maxSearchesHourly?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Faces analysed an hour, in searches and enrolments; an image counts as one at least; 1,000,000 unless said.',
  })
  @IsInt()
  @Min(0)
  maxFacesAnalyzedHourly?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Places for uploads given out an hour; 250,000 unless said.',
  })
  @IsInt()
  @Min(0)
  maxUploadsHourly?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'MB (1,048,576 bytes) sent to uploads an hour; 1,048,576 unless said.',
  })
  @IsInt()
  @Min(0)
  maxUploadMegabytesHourly?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How much of each of these rates one key may take, in percent; 50 unless said.',
  })
  @IsInt()
  @Min(1)
  @Max(100)
  maxKeySharePercent?: number | null;
}

@InputType({ description: 'A new tenant.' })
export class CreateTenantInput {
  @Field({ description: 'What people call it, 1-255 characters.' })
  @Length(1, 255)
  name!: string;

  @Field(() => TenantLimitsInput, {
    nullable: true,
    description: 'What it may hold; without end unless said, but for bytes.',
  })
  limits?: TenantLimitsInput | null;
}

@InputType({ description: 'What changes; what is left out stays.' })
export class UpdateTenantInput {
  @Field(() => ID, { description: 'The tenant.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'What people call it, 1-255 characters.' })
  @Length(1, 255)
  name?: string | null;

  @Field(() => TenantLimitsInput, { nullable: true, description: 'Limits to change; those left out stay.' })
  limits?: TenantLimitsInput | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How large its turns are beside those of other tenants, 1-100. A new tenant has 1.',
  })
  @IsInt()
  @Min(1)
  @Max(100)
  weight?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether confirmMatch needs another key than the one that searched. For a new tenant it does not.',
  })
  secondKeyConfirms?: boolean | null;

  @Field(() => TenantStatusEnum, { nullable: true, description: 'ACTIVE resumes a suspended tenant.' })
  @IsIn(['ACTIVE', 'SUSPENDED'], { message: 'status must be ACTIVE or SUSPENDED; deleteTenant deletes' })
  status?: 'ACTIVE' | 'SUSPENDED' | null;
}

@InputType({ description: 'Which tenant to suspend.' })
export class SuspendTenantInput {
  @Field(() => ID, { description: 'The tenant.' })
  id!: string;
}

@InputType({ description: 'Which tenant to delete.' })
export class DeleteTenantInput {
  @Field(() => ID, { description: 'The tenant.' })
  id!: string;
}
