import { Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql';
import { UNINDEXED_REASONS, type UnindexedReason } from '../../domain/quality';
import { createConnection } from '../../graphql/connection';
import { Node } from '../../graphql/node';
import { DateTime } from '../../graphql/scalars';
import { FACE_STATES, type FaceState } from '../../records/face';
import { ASSIGNERS, HIDDEN_AS, type Assigner, type HiddenAs } from '../../records/operation';
import { Person } from '../persons/person.types';
import { BoundingBox, FaceQuality, Landmarks, Pose } from './geometry.types';
import { Image } from './image.types';

export const FaceStateEnum = Object.fromEntries(FACE_STATES.map((state) => [state, state]));
registerEnumType(FaceStateEnum, {
  name: 'FaceState',
  description: 'Where a face is on its way into the index.',
  valuesConfig: {
    DETECTED: { description: 'Found and embedded, not searchable yet.' },
    INDEXED: { description: 'Searches can find it.' },
    UNINDEXED: { description: 'Found, but not to be searched; `reasons` says why.' },
  },
});

export const UnindexedReasonEnum = Object.fromEntries(UNINDEXED_REASONS.map((reason) => [reason, reason]));
registerEnumType(UnindexedReasonEnum, {
  name: 'UnindexedReason',
  description: 'Why a face was not indexed.',
  valuesConfig: {
    EXCEEDS_MAX_FACES: { description: 'More faces than maxFaces; with a person named, only the largest is theirs.' },
    MISALIGNED: {
      description:
        'Its landmarks cannot be those of a face: such faces resemble each other whoever they are, so none is embedded, whatever the quality filter.',
    },
    EXTREME_POSE: { description: 'Turned too far away.' },
    LOW_BRIGHTNESS: { description: 'Too dark.' },
    LOW_SHARPNESS: { description: 'Too blurred.' },
    LOW_CONFIDENCE: { description: 'The detector is not sure that it is a face.' },
    SMALL_BOUNDING_BOX: { description: 'Too few pixels.' },
    LOW_FACE_QUALITY: { description: 'Several measures are low together.' },
    NOT_REEMBEDDED: {
      description:
        'It could not be embedded when its collection moved to another pack: its image was not stored any more.',
    },
  },
});

const AssignerEnum = Object.fromEntries(ASSIGNERS.map((one) => [one, one]));
registerEnumType(AssignerEnum, {
  name: 'FaceAssigner',
  description: 'Who said whose a face is.',
  valuesConfig: {
    ENROLLED: { description: 'Its image was enrolled for the person.' },
    HUMAN: { description: 'Somebody who looked at it.' },
    SUGGESTION: { description: 'This server suggested it, and somebody confirmed.' },
  },
});

export const HiddenAsEnum = Object.fromEntries(HIDDEN_AS.map((one) => [one, one]));
registerEnumType(HiddenAsEnum, {
  name: 'FaceHiddenAs',
  description: 'Why nobody is to be asked about a face again.',
  valuesConfig: {
    NOT_A_FACE: { description: 'It is no face: searches do not find it.' },
    STRANGER: { description: 'Somebody whom nobody knows.' },
  },
});

@ObjectType({ implements: Node, description: 'One face of an accepted image.', simpleResolvers: true })
export class Face {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => ID, { description: 'The collection it was enrolled in.' })
  collectionId!: string;

  @Field(() => String, { nullable: true, description: 'Your own id of the image, as given at enrolment.' })
  externalImageId!: string | null;

  @Field(() => FaceStateEnum, { description: 'Whether searches can find it.' })
  state!: FaceState;

  @Field(() => [UnindexedReasonEnum], { description: 'Why it is not indexed; empty otherwise.' })
  reasons!: readonly UnindexedReason[];

  @Field(() => BoundingBox, { description: 'Where it is in its image.' })
  boundingBox!: BoundingBox;

  @Field(() => Landmarks, { description: 'Five points it was aligned by.' })
  landmarks!: Landmarks;

  @Field(() => Pose, { description: 'Where it looks.' })
  pose!: Pose;

  @Field(() => FaceQuality, { description: 'How well it can be seen.' })
  quality!: FaceQuality;

  @Field(() => Float, { description: 'Detector confidence, 0-100.' })
  confidence!: number;

  @Field(() => AssignerEnum, {
    nullable: true,
    description: 'Who said whose it is; null: it is nobody’s, or was given before this was kept.',
  })
  assignedBy!: Assigner | null;

  @Field(() => HiddenAsEnum, { nullable: true, description: 'Why nobody is asked about it; null otherwise.' })
  hiddenAs!: HiddenAs | null;

  @Field(() => DateTime, { description: 'When it was found.' })
  createdAt!: Date;

  @Field(() => Image, { description: 'The image it was found in.' })
  image!: Image;

  @Field(() => Person, { nullable: true, description: 'Whose it is; null while nobody has been named.' })
  person!: Person | null;
}

export const FaceConnection = createConnection(Face, 'FaceConnection');
