import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { type Metric } from '../../domain/calibration';

export const MetricEnum = { COSINE: 'COSINE', EUCLIDEAN: 'EUCLIDEAN' } as const;
registerEnumType(MetricEnum, {
  name: 'Metric',
  description: 'What a raw distance measures.',
  valuesConfig: {
    COSINE: { description: '1 - cosine, 0 to 2.' },
    EUCLIDEAN: { description: 'L2 norm of the difference.' },
  },
});

@ObjectType({ description: 'A threshold and how often it lets two strangers pass.', simpleResolvers: true })
export class OperatingPoint {
  @Field(() => Float, { description: 'Share of pairs of different people that reach it.' })
  falseMatchRate!: number;

  @Field(() => Float, { description: '0-100.' })
  similarity!: number;

  @Field(() => Float, { description: 'The pack’s raw distance there; pairs at or below it match.' })
  distance!: number;
}

@ObjectType({
  description: 'A versioned recognition pipeline: detector, landmarks, aligner, embedder.',
  simpleResolvers: true,
})
export class ModelPack {
  @Field({ description: 'name@version.' })
  id!: string;

  @Field({ description: 'Its name.' })
  name!: string;

  @Field({ description: 'Its version. Vectors of different versions never meet.' })
  version!: string;

  @Field({ description: 'What it is made of and how well it does.' })
  description!: string;

  @Field(() => Int, { description: 'Length of its vectors.' })
  dimension!: number;

  @Field(() => MetricEnum, { description: 'What its raw distances measure.' })
  metric!: Metric;

  @Field({ description: 'Licence of its weights.' })
  licence!: string;

  @Field({ description: 'Whether that licence allows commercial use.' })
  commercialUse!: boolean;

  @Field({
    description: 'Whether it has a similarity scale. One without compares by raw distance and can have no collections.',
  })
  calibrated!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Revision of the similarity scale; refitting changes no vector. Null when it has none.',
  })
  calibrationRevision!: string | null;

  @Field(() => [OperatingPoint], {
    description: 'Thresholds at false-match rates 1e-3, 1e-4 and 1e-5; none without a scale.',
  })
  operatingPoints!: OperatingPoint[];
}
