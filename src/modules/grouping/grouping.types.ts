import { IsInt, IsNumber, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { ArgsType, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { COMPARISON_THRESHOLD } from '../../domain/calibration';
import type { FaceRecord } from '../../records/face';
import type { PersonRecord } from '../../records/person';
import { Face } from '../faces/face.types';
import { Person } from '../persons/person.types';

const ClusterScopeEnum = { UNASSIGNED: 'UNASSIGNED', ALL: 'ALL' } as const;
registerEnumType(ClusterScopeEnum, {
  name: 'ClusterScope',
  description: 'Which faces are grouped.',
  valuesConfig: {
    UNASSIGNED: { description: 'Those that are nobody’s.' },
    ALL: { description: 'All that searches find.' },
  },
});

@ArgsType()
export class ClusterFacesArgs {
  @Field(() => ID, { description: 'The collection.' })
  @IsUUID('all', { message: 'collectionId must be a UUID' })
  collectionId!: string;

  @Field(() => ClusterScopeEnum, { defaultValue: 'UNASSIGNED', description: 'Which faces.' })
  scope!: keyof typeof ClusterScopeEnum;

  @Field(() => Float, {
    nullable: true,
    description:
      'Similarity 0-100 that the mean of all pairs of two groups must reach for them to be one; otherwise what is best for the collection’s pack.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100)
  minSimilarity?: number | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Only faces that came before this one: `oldestFaceId` of the last answer. Otherwise the newest.',
  })
  @IsOptional()
  @IsUUID('all', { message: 'olderThanFaceId must be a UUID' })
  olderThanFaceId?: string | null;
}

@ArgsType()
export class SuggestionsArgs {
  @Field(() => ID, { description: 'The collection.' })
  @IsUUID('all', { message: 'collectionId must be a UUID' })
  collectionId!: string;

  @Field(() => Float, { defaultValue: COMPARISON_THRESHOLD, description: 'Similarity 0-100 to reach.' })
  @IsNumber()
  @Min(0)
  @Max(100)
  minSimilarity!: number;

  @Field(() => Int, { defaultValue: 100, description: 'At most this many, 1-1000.' })
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

@ObjectType('NearestPerson', { description: 'Somebody known whom faces resemble most.', simpleResolvers: true })
export class NearestPersonType {
  @Field(() => Person, { description: 'Who.' })
  person!: PersonRecord;

  @Field(() => Float, { description: 'Similarity of the best pair of faces, 0-100.' })
  similarity!: number;
}

@ObjectType({ description: 'Faces that are one person’s, as it seems.', simpleResolvers: true })
export class FaceGroup {
  @Field(() => Int, { description: 'How many.' })
  size!: number;

  @Field(() => [ID], { description: 'All of them, the oldest first.' })
  faceIds!: readonly string[];

  @Field(() => NearestPersonType, { nullable: true, description: 'Whom they resemble most; null when nobody is near.' })
  nearest!: NearestPersonType | null;
}

@ObjectType({ description: 'Answer of clusterFaces.', simpleResolvers: true })
export class ClusterFacesPayload {
  @Field(() => [FaceGroup], { description: 'Groups of two and more, the largest first.' })
  groups!: FaceGroup[];

  @Field(() => [ID], { description: 'Faces that are like no other.' })
  messyGroup!: readonly string[];

  @Field(() => Float, { description: 'What groups had to reach, 0-100.' })
  minSimilarity!: number;

  @Field(() => Int, { description: 'How many faces were looked at.' })
  facesLookedAt!: number;

  @Field(() => Int, { description: 'How many faces one call looks at, the newest first.' })
  maxFaces!: number;

  @Field(() => ID, {
    nullable: true,
    description: 'The oldest of them; null when there was none. Give it as `olderThanFaceId` to look at the next.',
  })
  oldestFaceId!: string | null;

  @Field({ description: 'Whether there are older faces, which were not looked at.' })
  isCut!: boolean;
}

@ObjectType({ description: 'Whose a face may be.', simpleResolvers: true })
export class Suggestion {
  @Field(() => Face, { description: 'A face of nobody.' })
  face!: FaceRecord;

  @Field(() => Person, { description: 'Whom it resembles most.' })
  person!: PersonRecord;

  @Field(() => Float, { description: 'Similarity of the best pair of faces, 0-100.' })
  similarity!: number;
}
