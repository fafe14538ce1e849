import { Field, Float, Int, ObjectType } from 'type-graphql';
import { MAX_LABELS } from '../../domain/labels';
import { Cost } from '../../graphql/limits';

@ObjectType({ description: 'An image classifier that this server serves.', simpleResolvers: true })
export class Classifier {
  @Field({ description: 'name@version.' })
  id!: string;

  @Field({ description: 'Its name.' })
  name!: string;

  @Field({ description: 'Its version.' })
  version!: string;

  @Field({ description: 'What it is made of.' })
  description!: string;

  @Cost(MAX_LABELS)
  @Field(() => [String], { description: 'Every label that it knows.' })
  labels!: readonly string[];

  @Field({ description: 'Licence of its weights.' })
  licence!: string;

  @Field({ description: 'Whether that licence allows commercial use.' })
  commercialUse!: boolean;
}

@ObjectType({ description: 'What an image may show, and how sure a classifier is of it.', simpleResolvers: true })
export class ImageLabel {
  @Field({ description: 'As the classifier’s labels have it.' })
  label!: string;

  @Field(() => Float, { description: '0-100.' })
  confidence!: number;
}

@ObjectType({ description: 'Where a classification’s time went, in milliseconds.', simpleResolvers: true })
export class ClassificationTimings {
  @Field(() => Float, { description: 'Decoding the image.' })
  decodeMs!: number;

  @Field(() => Float, { description: 'The net alone.' })
  netMs!: number;

  @Field(() => Float, {
    description: 'All of it, inside the service: receiving the image, waiting for a thread, resizing, too.',
  })
  totalMs!: number;
}

@ObjectType({ description: 'Answer of classifyImage.', simpleResolvers: true })
export class ClassifyImagePayload {
  @Field(() => [ImageLabel], { description: 'The surest first.' })
  labels!: ImageLabel[];

  @Field(() => Int, { description: 'Width of the upright image, pixels.' })
  width!: number;

  @Field(() => Int, { description: 'Height of the upright image, pixels.' })
  height!: number;

  @Field({ description: 'Whether the image is an animation: only its first frame was looked at.' })
  firstFrameOnly!: boolean;

  @Field(() => Classifier, { description: 'Whose labels they are.' })
  classifier!: Classifier;

  @Field(() => ClassificationTimings, { description: 'Where the time went.' })
  timings!: ClassificationTimings;
}
