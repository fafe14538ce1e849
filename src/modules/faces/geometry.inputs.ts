import { Field, Float, InputType } from 'type-graphql';

@InputType({
  description: 'A box inside the upright image, as ratios 0-1 of it: neither left + width nor top + height exceeds 1.',
})
export class BoundingBoxInput {
  @Field(() => Float, { description: 'Distance of the left edge from the left border.' })
  left!: number;

  @Field(() => Float, { description: 'Distance of the top edge from the top border.' })
  top!: number;

  @Field(() => Float, { description: 'Share of the image’s width.' })
  width!: number;

  @Field(() => Float, { description: 'Share of the image’s height.' })
  height!: number;
}

@InputType({
  description: 'A point, as ratios of the upright image; less than 0 or more than 1 when a face is cut by the border.',
})
export class PointInput {
  @Field(() => Float, { description: 'From the left, -1 to 2.' })
  x!: number;

  @Field(() => Float, { description: 'From the top, -1 to 2.' })
  y!: number;
}

@InputType({ description: 'Five points of a face; left and right as seen with the face upright.' })
export class LandmarksInput {
  @Field(() => PointInput, { description: 'Centre of the eye at the left as seen with the face upright.' })
  eyeLeft!: PointInput;

  @Field(() => PointInput, { description: 'Centre of the eye at the right as seen with the face upright.' })
  eyeRight!: PointInput;

  @Field(() => PointInput, { description: 'Tip of the nose.' })
  nose!: PointInput;

  @Field(() => PointInput, { description: 'Corner of the mouth at the left as seen with the face upright.' })
  mouthLeft!: PointInput;

  @Field(() => PointInput, { description: 'Corner of the mouth at the right as seen with the face upright.' })
  mouthRight!: PointInput;
}
