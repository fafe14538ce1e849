import { Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql';
import type { QualityFilter } from '../../domain/quality';
import { Most } from '../../graphql/input-limits';
import { DateTime, JSONObject } from '../../graphql/scalars';
import { QualityFilterEnum } from '../collections/collection.types';
import { BoundingBoxInput, LandmarksInput } from '../faces/geometry.inputs';
import { ImageInput } from '../images/image.inputs';
import { ON_AMBIGUOUS, ON_KNOWN_ELSEWHERE, type OnAmbiguous, type OnKnownElsewhere } from './enrollment-shapes';

export const OnAmbiguousEnum = Object.fromEntries(ON_AMBIGUOUS.map((choice) => [choice, choice]));
registerEnumType(OnAmbiguousEnum, {
  name: 'OnAmbiguous',
  description: 'What to do with an image of one person in which more than one face may be theirs.',
  valuesConfig: {
    REFUSE: {
      description: 'The item or search fails with AMBIGUOUS_FACE and the boxes of these faces; nothing is stored.',
    },
    LARGEST: { description: 'The largest face is taken.' },
  },
});

const OnKnownElsewhereEnum = Object.fromEntries(ON_KNOWN_ELSEWHERE.map((choice) => [choice, choice]));
registerEnumType(OnKnownElsewhereEnum, {
  name: 'OnKnownElsewhere',
  description:
    'What to do with a named person’s face that is like that of another person of the collection, as a search would find.',
  valuesConfig: {
    ALLOW: { description: 'Nothing is looked up.' },
    WARN: { description: 'It is enrolled, and `JobItem.knownElsewhere` says whom it is like.' },
    REFUSE: { description: 'The item fails with KNOWN_ELSEWHERE; nothing is stored.' },
  },
});

@InputType({ description: 'A person to make known when the first image of them is enrolled.' })
export class EnrollPersonCreateInput {
  @Field({ description: 'How people call them, 1-255 characters.' })
  displayName!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Your own id of them, 1-255 characters. When a person of the collection has it, they are used instead.',
  })
  externalId?: string | null;

  @Field(() => JSONObject, { nullable: true, description: 'What else you keep of them: a JSON object, at most 16 KB.' })
  metadata?: Record<string, unknown> | null;
}

@InputType({ description: 'Whose face it is: exactly one of the three.' })
export class EnrollPersonInput {
  @Field(() => ID, { nullable: true, description: 'A person of the collection.' })
  id?: string | null;

  @Field(() => String, { nullable: true, description: 'A person of the collection, by your own id of them.' })
  externalId?: string | null;

  @Field(() => EnrollPersonCreateInput, { nullable: true, description: 'A person to make known.' })
  create?: EnrollPersonCreateInput | null;
}

@InputType({
  description: 'A face that is known to be there: nothing is looked for, and its embedding is made at these landmarks.',
})
export class EnrollPlacedFaceInput {
  @Field(() => BoundingBoxInput, { description: 'Its box.' })
  boundingBox!: BoundingBoxInput;

  @Field(() => LandmarksInput, { description: 'Its five points, by which it is aligned.' })
  landmarks!: LandmarksInput;

  @Field(() => Float, {
    nullable: true,
    description: 'How sure whoever found it was, 0-100; default 100.',
  })
  confidence?: number | null;

  @Field(() => EnrollPersonInput, { nullable: true, description: 'Whose it is. Left out: nobody’s.' })
  person?: EnrollPersonInput | null;
}

@InputType({ description: 'One image to enrol.' })
export class EnrollFacesItemInput {
  @Field(() => ImageInput, { description: 'The image.' })
  image!: ImageInput;

  @Field(() => EnrollPersonInput, {
    nullable: true,
    description: 'Whose largest face it shows. Left out: every face is enrolled, assigned to nobody.',
  })
  person?: EnrollPersonInput | null;

  @Most(100)
  @Field(() => [EnrollPlacedFaceInput], {
    nullable: true,
    description:
      'Its faces, 1-100, where they are known: no other is looked for, and no quality filter counts. Not beside `person` or `onAmbiguous`. A face that is there already, in an image of the same bytes, stays as it is.',
  })
  faces?: EnrollPlacedFaceInput[] | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the image was taken; default what its EXIF says.',
  })
  takenAt?: Date | null;

  @Field(() => OnAmbiguousEnum, { nullable: true, description: 'Of this image; default the one of all.' })
  onAmbiguous?: OnAmbiguous | null;

  @Field(() => String, { nullable: true, description: 'Your own id of the image, 1-255 characters.' })
  externalImageId?: string | null;
}

@InputType({ description: 'Images to enrol.' })
export class EnrollFacesInput {
  @Field(() => ID, { description: 'The collection.' })
  collectionId!: string;

  @Most(10_000)
  @Field(() => [EnrollFacesItemInput], { description: '1-10,000 images; each ends with an outcome of its own.' })
  items!: EnrollFacesItemInput[];

  @Field(() => Int, {
    nullable: true,
    description: 'At most this many faces an image, 1-100, the best ones; default 100.',
  })
  maxFaces?: number | null;

  @Field(() => QualityFilterEnum, { nullable: true, description: 'How good a face must be; default the collection’s.' })
  qualityFilter?: QualityFilter | null;

  @Field(() => OnAmbiguousEnum, {
    nullable: true,
    description: 'When more than one face may be the named person’s; default REFUSE.',
  })
  onAmbiguous?: OnAmbiguous | null;

  @Field(() => OnKnownElsewhereEnum, {
    nullable: true,
    description: 'When a named person’s face is like another person’s; default ALLOW. The others need READ, too.',
  })
  onKnownElsewhere?: OnKnownElsewhere | null;

  @Field(() => String, {
    nullable: true,
    description: '1-64 letters, digits, _ or -. The same token with the same input is the same job.',
  })
  clientRequestToken?: string | null;
}
