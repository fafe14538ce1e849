import { Field, Float, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../graphql/scalars';

@ObjectType({
  description: 'What was used on a day (UTC): of the tenant, or of the key that was asked for.',
  simpleResolvers: true,
})
export class UsageDay {
  @Field(() => DateTime, { description: 'Its first moment.' })
  day!: Date;

  @Field(() => Int, { description: 'Searches, verifications and comparisons that were answered.' })
  searches!: number;

  @Field(() => Int, {
    description:
      'Faces analysed, in enrolments, searches, verifications, comparisons and detections; an image counts as one at least.',
  })
  facesAnalyzed!: number;

  @Field(() => Int, { description: 'Images enrolled that were not there before.' })
  imagesEnrolled!: number;

  @Field(() => Int, { description: 'Files received at the addresses of createUploads.' })
  uploads!: number;

  @Field(() => Float, { description: 'Bytes of these files.' })
  uploadedBytes!: number;

  @Field(() => Float, { description: 'Bytes of the images enrolled, as they are stored.' })
  storedBytes!: number;
}
