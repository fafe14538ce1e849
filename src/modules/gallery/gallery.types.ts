import { IsInt, IsNumber, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { ArgsType, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DOUBTS, type DoubtReason } from '../../domain/reference-audit';
import type { FaceRecord } from '../../records/face';
import type { PersonRecord } from '../../records/person';
import { Face } from '../faces/face.types';
import { NearestPersonType } from '../grouping/grouping.types';
import { Person } from '../persons/person.types';

const DoubtReasonEnum = Object.fromEntries(DOUBTS.map((reason) => [reason, reason]));
registerEnumType(DoubtReasonEnum, {
  name: 'DoubtReason',
  description: 'Why a face is doubted to be a good reference of its person.',
  valuesConfig: {
    WRONG_PERSON: { description: 'It fits somebody else better.' },
    FITS_BADLY: { description: 'It is not like its person’s other faces, nor like anybody else’s.' },
    FITS_EVERYBODY: {
      description: 'It is like faces of many persons: a poor picture, which answers for its person wrongly.',
    },
  },
});

@ArgsType()
export class AuditGalleryArgs {
  @Field(() => ID, { description: 'The collection.' })
  @IsUUID('all', { message: 'collectionId must be a UUID' })
  collectionId!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Only persons that come after this one: `lastPersonId` of the last answer.',
  })
  @IsOptional()
  @IsUUID('all', { message: 'afterPersonId must be a UUID' })
  afterPersonId?: string | null;

  @Field(() => Int, { defaultValue: 100, description: 'At most this many faces, 1-1000.' })
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

@ArgsType()
export class FindDuplicatePersonsArgs extends AuditGalleryArgs {
  @Field(() => Float, {
    nullable: true,
    description:
      'Similarity 0-100 that the mean of all pairs of their faces must reach; otherwise what is best for the collection’s pack.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100)
  minSimilarity?: number | null;
}

@ObjectType({ description: 'A face that may be a wrong or a poor reference of its person.', simpleResolvers: true })
export class DoubtedFace {
  @Field(() => Face, { description: 'The face.' })
  face!: FaceRecord;

  @Field(() => Person, { description: 'Whose it is said to be.' })
  person!: PersonRecord;

  @Field(() => DoubtReasonEnum, { description: 'Why.' })
  reason!: DoubtReason;

  @Field(() => Float, {
    description: 'How sure, 0 and more, in powers of ten.',
  })
  score!: number;

  @Field(() => Float, { description: 'Similarity 0-100 that the nearer half of the person’s other faces reaches.' })
  ownSimilarity!: number;

  @Field(() => NearestPersonType, { nullable: true, description: 'Whom it fits better; null when it fits nobody.' })
  better!: NearestPersonType | null;
}

@ObjectType({ description: 'Answer of auditGallery.', simpleResolvers: true })
export class GalleryAudit {
  @Field(() => [DoubtedFace], { description: 'What to look at, the surest first.' })
  doubted!: DoubtedFace[];

  @Field(() => Int, { description: 'How many faces were looked at; one call looks at up to 5,000 of whole persons.' })
  facesLookedAt!: number;

  @Field(() => Int, { description: 'How many persons were looked at.' })
  personsLookedAt!: number;

  @Field(() => ID, { nullable: true, description: 'The last of them. Give it as `afterPersonId` to look at the next.' })
  lastPersonId!: string | null;

  @Field({ description: 'Whether there are persons after that one, who were not looked at.' })
  isCut!: boolean;
}

@ObjectType({ description: 'Two persons who look like one.', simpleResolvers: true })
export class LikePersons {
  @Field(() => [Person], { description: 'Both, the older one first.' })
  persons!: readonly PersonRecord[];

  @Field(() => Float, { description: 'Similarity 0-100 of the mean of all pairs of their faces.' })
  similarity!: number;

  @Field(() => [ID], { description: 'Images in which both stand: where there is one, they are hardly one person.' })
  sharedImageIds!: readonly string[];
}

@ObjectType({ description: 'Answer of findDuplicatePersons.', simpleResolvers: true })
export class DuplicatePersons {
  @Field(() => [LikePersons], {
    description: 'Pairs, the surest first. Who was said to be different people is left out.',
  })
  pairs!: LikePersons[];

  @Field(() => Float, { description: 'What a pair had to reach, 0-100.' })
  minSimilarity!: number;

  @Field(() => Int, {
    description:
      'How many persons were looked at; one call looks at up to 5,000 faces, of each person the eight oldest.',
  })
  personsLookedAt!: number;

  @Field(() => ID, { nullable: true, description: 'The last of them. Give it as `afterPersonId` to look at the next.' })
  lastPersonId!: string | null;

  @Field({ description: 'Whether there are persons after that one, who were not looked at.' })
  isCut!: boolean;

  @Field({
    description:
      'Whether only the surest pairs are listed, or only the nearest 2,000 were compared: merge or reject these, or ask for a higher `minSimilarity`, and ask again.',
  })
  hasMorePairs!: boolean;
}
