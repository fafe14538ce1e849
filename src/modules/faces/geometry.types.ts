import { Field, Float, ObjectType } from 'type-graphql';

@ObjectType({
  description: 'A box inside the upright image, as ratios 0-1 of it: neither left + width nor top + height exceeds 1.',
  simpleResolvers: true,
})
export class BoundingBox {
  @Field(() => Float, { description: 'Distance of the left edge from the left border.' })
  left!: number;

  @Field(() => Float, { description: 'Distance of the top edge from the top border.' })
  top!: number;

  @Field(() => Float, { description: 'Share of the image’s width.' })
  width!: number;

  @Field(() => Float, { description: 'Share of the image’s height.' })
  height!: number;
}

@ObjectType({
  description: 'A point, as ratios of the upright image; less than 0 or more than 1 when a face is cut by the border.',
  simpleResolvers: true,
})
export class Point {
  @Field(() => Float, { description: 'From the left.' })
  x!: number;

  @Field(() => Float, { description: 'From the top.' })
  y!: number;
}

@ObjectType({
  description:
    'Five points of a face; left and right as seen with the face upright. Some may lie outside the image when the face is cut.',
  simpleResolvers: true,
})
export class Landmarks {
  @Field(() => Point, { description: 'Centre of the eye at the left as seen with the face upright.' })
  eyeLeft!: Point;

  @Field(() => Point, { description: 'Centre of the eye at the right as seen with the face upright.' })
  eyeRight!: Point;

  @Field(() => Point, { description: 'Tip of the nose.' })
  nose!: Point;

  @Field(() => Point, { description: 'Corner of the mouth at the left as seen with the face upright.' })
  mouthLeft!: Point;

  @Field(() => Point, { description: 'Corner of the mouth at the right as seen with the face upright.' })
  mouthRight!: Point;
}

@ObjectType({
  description: 'Where a face looks, estimated from its five points; degrees, 0 is frontal.',
  simpleResolvers: true,
})
export class Pose {
  @Field(() => Float, { description: 'Positive: looking up.' })
  pitch!: number;

  @Field(() => Float, { description: 'By how much the face is turned in the image: -180 to 180, clockwise.' })
  roll!: number;

  @Field(() => Float, { description: 'Positive: turned to the right as seen with the face upright.' })
  yaw!: number;
}

@ObjectType({ description: 'How well a face can be seen; 0-100, higher is better.', simpleResolvers: true })
export class FaceQuality {
  @Field(() => Float, { description: 'Light on the face.' })
  brightness!: number;

  @Field(() => Float, { description: 'Focus of the face.' })
  sharpness!: number;

  @Field(() => Float, {
    description: 'How good a reference the face makes, all in all: from its pose, focus, light and confidence.',
  })
  score!: number;
}
