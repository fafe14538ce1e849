import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { UnindexedReason } from '../../domain/quality';
import { UnindexedReasonEnum } from '../faces/face.types';
import { DetectedFace } from '../recognition/recognition.types';

@ObjectType({ description: 'A face that a gallery knows.', simpleResolvers: true })
export class CelebrityFace extends DetectedFace {
  @Field(() => ID, {
    description: 'The person, by an id that you alone are given: the same in each answer of this gallery.',
  })
  id!: string;

  @Field(() => ID, { description: 'Which gallery knows them.' })
  galleryId!: string;

  @Field({ description: 'What they are called.' })
  name!: string;

  @Field(() => [String], { description: 'Web addresses about them.' })
  urls!: readonly string[];

  @Field(() => String, { nullable: true, description: 'What they are known for.' })
  knownFor!: string | null;

  @Field(() => Int, { description: '0-100, a whole number.' })
  similarity!: number;

  @Field(() => String, {
    nullable: true,
    description:
      'Signed, expiring address of one face of theirs (JPEG), which ends with the grant; null where the gallery shows none.',
  })
  coverUrl!: string | null;
}

@ObjectType({ description: 'A face that no gallery knows.', simpleResolvers: true })
export class UnrecognizedFace extends DetectedFace {
  @Field(() => [UnindexedReasonEnum], { description: 'Why it was not looked up; empty when it was.' })
  reasons!: readonly UnindexedReason[];
}

@ObjectType({ description: 'Answer of recognizeCelebrities.', simpleResolvers: true })
export class RecognizeCelebritiesPayload {
  @Field(() => ID, { description: 'This search: its row of your audit.' })
  searchId!: string;

  @Field(() => [CelebrityFace], { description: 'Each face at most once, by who is most like it; the largest first.' })
  celebrityFaces!: CelebrityFace[];

  @Field(() => [UnrecognizedFace], { description: 'All other faces of the image, the largest first.' })
  unrecognizedFaces!: UnrecognizedFace[];

  @Field({ description: 'Whether the image is an animation: only its first frame was looked at.' })
  firstFrameOnly!: boolean;
}
