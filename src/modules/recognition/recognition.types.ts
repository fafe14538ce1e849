import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { UnindexedReason } from '../../domain/quality';
import { Face, UnindexedReasonEnum } from '../faces/face.types';
import { BoundingBox, FaceQuality, Landmarks, Pose } from '../faces/geometry.types';
import { ModelPack, OperatingPoint } from '../packs/pack.types';
import { Person } from '../persons/person.types';

export const ThresholdSourceEnum = { REQUEST: 'REQUEST', COLLECTION: 'COLLECTION', AUTOMATIC: 'AUTOMATIC' } as const;
registerEnumType(ThresholdSourceEnum, {
  name: 'ThresholdSource',
  description: 'Where a search’s threshold came from.',
  valuesConfig: {
    REQUEST: { description: 'The request’s `threshold`.' },
    COLLECTION: { description: 'A collection’s `similarityThreshold`.' },
    AUTOMATIC: { description: 'The gallery’s size and the collection’s `targetFpir`.' },
  },
});

@ObjectType({ description: 'A face as found in the request’s image; it is not stored.', simpleResolvers: true })
export class DetectedFace {
  @Field(() => BoundingBox, { description: 'Where it is.' })
  boundingBox!: BoundingBox;

  @Field(() => Landmarks, { description: 'Its five points.' })
  landmarks!: Landmarks;

  @Field(() => Pose, { description: 'Where it looks.' })
  pose!: Pose;

  @Field(() => FaceQuality, { description: 'How well it can be seen.' })
  quality!: FaceQuality;

  @Field(() => Float, { description: 'Detector confidence, 0-100.' })
  confidence!: number;
}

@ObjectType({ description: 'Answer of detectFaces.', simpleResolvers: true })
export class DetectFacesPayload {
  @Field(() => [DetectedFace], { description: 'Largest first; empty when there is none.' })
  faces!: DetectedFace[];

  @Field(() => Int, { description: 'Width of the upright image, pixels.' })
  width!: number;

  @Field(() => Int, { description: 'Height of the upright image, pixels.' })
  height!: number;

  @Field({ description: 'Whether the image is an animation: only its first frame was looked at.' })
  firstFrameOnly!: boolean;

  @Field(() => ModelPack, { description: 'Whose detector it was.' })
  modelPack!: ModelPack;
}

@ObjectType({ description: 'A face of the target and how like the source’s it is.', simpleResolvers: true })
export class ComparedFace {
  @Field(() => DetectedFace, { description: 'The face.' })
  face!: DetectedFace;

  @Field(() => Float, {
    nullable: true,
    description:
      '0-100; the same number is the same false-match rate in every pack. Null when the pack has no similarity scale.',
  })
  similarity!: number | null;

  @Field(() => Float, { description: 'Raw distance in the pack; lower is nearer.' })
  distance!: number;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the similarity reaches the threshold. Null when the pack has no similarity scale.',
  })
  isMatch!: boolean | null;
}

@ObjectType({ description: 'Answer of compareFaces.', simpleResolvers: true })
export class CompareFacesPayload {
  @Field(() => DetectedFace, { description: 'The source’s largest face.' })
  source!: DetectedFace;

  @Field({ description: 'Whether another face of the source may be meant as well: one of like size, or a larger one.' })
  isAmbiguous!: boolean;

  @Field(() => [ComparedFace], { description: 'Every face of the target, most similar first.' })
  faces!: ComparedFace[];

  @Field({ description: 'Whether one of the images is an animation: only its first frame was looked at.' })
  firstFrameOnly!: boolean;

  @Field(() => Float, {
    nullable: true,
    description:
      'Similarity from which two faces count as one person’s (false-match rate 1e-3). Null when the pack has no similarity scale.',
  })
  threshold!: number | null;

  @Field(() => [OperatingPoint], { description: 'Thresholds at false-match rates 1e-3, 1e-4 and 1e-5.' })
  operatingPoints!: OperatingPoint[];

  @Field(() => ModelPack, { description: 'What compared them.' })
  modelPack!: ModelPack;
}

@ObjectType({ description: 'A stored face and how like the probe it is.', simpleResolvers: true })
export class FaceMatch {
  @Field(() => Face, { description: 'The face.' })
  face!: Face;

  @Field(() => Float, { description: '0-100.' })
  similarity!: number;

  @Field(() => Float, { description: 'Raw distance in the pack; lower is nearer.' })
  distance!: number;
}

@ObjectType({ description: 'Answer of verifyPerson.', simpleResolvers: true })
export class VerifyPersonPayload {
  @Field(() => ID, { description: 'This verification: its row of the audit, and what confirmMatch takes.' })
  searchId!: string;

  @Field({ description: 'Whether the image’s largest face is the person’s, at the threshold.' })
  isMatch!: boolean;

  @Field(() => Float, {
    nullable: true,
    description:
      '0-100, to their most similar face; null when they have none. Without the scope READ a whole number, and below the threshold a multiple of ten.',
  })
  similarity!: number | null;

  @Field(() => Float, { nullable: true, description: 'Raw distance to that face.' })
  distance!: number | null;

  @Field(() => Float, {
    description: 'Similarity that their most similar face must reach: 80 against one face, more against several.',
  })
  threshold!: number;

  @Field(() => Float, { description: 'How often an impostor would reach the threshold with one of their faces, 0-1.' })
  estimatedFmr!: number;

  @Field({ description: 'Whether the image is an animation: only its first frame was looked at.' })
  firstFrameOnly!: boolean;

  @Field(() => DetectedFace, { description: 'The image’s largest face.' })
  probe!: DetectedFace;

  @Field({
    description: 'Whether another face of the image may be meant as well: one of like size, or a larger one.',
  })
  isAmbiguous!: boolean;

  @Field(() => Face, { nullable: true, description: 'Their face that matched best.' })
  face!: Face | null;

  @Field(() => [FaceMatch], { description: 'Their other faces over the threshold, at most 10.' })
  supportingFaces!: FaceMatch[];

  @Field(() => [OperatingPoint], { description: 'Thresholds at false-match rates 1e-3, 1e-4 and 1e-5.' })
  operatingPoints!: OperatingPoint[];

  @Field(() => ModelPack, { description: 'What compared them.' })
  modelPack!: ModelPack;
}

@ObjectType({ description: 'A person whom the probe may be.', simpleResolvers: true })
export class PersonMatch {
  @Field(() => Person, { nullable: true, description: 'Who; null for a face that is assigned to nobody.' })
  person!: Person | null;

  @Field(() => Float, { description: '0-100, of their most similar face; without the scope READ a whole number.' })
  similarity!: number;

  @Field(() => Float, { description: 'Raw distance of that face; lower is nearer.' })
  distance!: number;

  @Field(() => Face, { description: 'The face that matched best.' })
  face!: Face;

  @Field(() => [FaceMatch], { description: 'Their other faces over the threshold, at most 10.' })
  supportingFaces!: FaceMatch[];
}

@ObjectType({ description: 'One face that was searched for.', simpleResolvers: true })
export class SearchProbe extends DetectedFace {
  @Field(() => [DetectedFace], {
    description:
      'Searched by `images`: the face of each, in their order. This probe shows the best of them. Else empty.',
  })
  fusedFaces!: DetectedFace[];

  @Field(() => [UnindexedReasonEnum], { description: 'Why it was not searched for; empty when it was.' })
  reasons!: readonly UnindexedReason[];

  @Field(() => [PersonMatch], { description: 'By descending similarity; empty: unknown.' })
  matches!: PersonMatch[];
}

@ObjectType({ description: 'Where a search’s time went, in milliseconds.', simpleResolvers: true })
export class SearchTimings {
  @Field(() => Float, { description: 'Decoding the image.' })
  decodeMs!: number;

  @Field(() => Float, { description: 'Waiting for a thread, detecting, aligning, embedding.' })
  analysisMs!: number;

  @Field(() => Float, { description: 'The vector index.' })
  indexMs!: number;

  @Field(() => Float, { description: 'PostgreSQL.' })
  databaseMs!: number;

  @Field(() => Float, { description: 'All of it, inside the service.' })
  totalMs!: number;
}

@ObjectType({ description: 'Answer of searchFaces.', simpleResolvers: true })
export class SearchFacesPayload {
  @Field(() => ID, { description: 'This search: its row of the audit, and what confirmMatch takes.' })
  searchId!: string;

  @Field(() => [SearchProbe], {
    description:
      'Every face of the image, largest first, empty when there is none; one for all that else can be searched by.',
  })
  probes!: SearchProbe[];

  @Field(() => Float, { description: 'Similarity that a match had to reach.' })
  threshold!: number;

  @Field(() => ThresholdSourceEnum, { description: 'Where the threshold came from.' })
  thresholdSource!: keyof typeof ThresholdSourceEnum;

  @Field(() => Float, { description: 'How often a stranger would get a match in this gallery at this threshold, 0-1.' })
  estimatedFpir!: number;

  @Field({ description: 'Whether the image is an animation: only its first frame was looked at.' })
  firstFrameOnly!: boolean;

  @Field(() => Int, { description: 'Faces of the collections, whatever the filter.' })
  gallerySize!: number;

  @Field(() => [OperatingPoint], { description: 'Thresholds at false-match rates 1e-3, 1e-4 and 1e-5.' })
  operatingPoints!: OperatingPoint[];

  @Field(() => ModelPack, { description: 'What embedded and compared.' })
  modelPack!: ModelPack;

  @Field(() => SearchTimings, { description: 'Where the time went.' })
  timings!: SearchTimings;
}
