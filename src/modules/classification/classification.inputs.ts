import { IsInt, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, Int } from 'type-graphql';
import { ImageInput } from '../images/image.inputs';

@ArgsType()
export class ClassifyImageArgs {
  @Field(() => ImageInput, { description: 'The image.' })
  image!: ImageInput;

  @Field({ description: 'A classifier that `classifiers` lists: name@version, or a bare name for its newest version.' })
  @MaxLength(128)
  model!: string;

  @Field(() => Int, { defaultValue: 5, description: 'Answer with at most this many labels, 1-100, the surest first.' })
  @IsInt()
  @Min(1)
  @Max(100)
  top!: number;
}
