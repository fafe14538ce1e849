import { ArrayMaxSize, ArrayMinSize, IsInt, IsUUID, Max, Min } from 'class-validator';
import { ArgsType, Field, ID, Int } from 'type-graphql';
import type { QualityFilter } from '../../domain/quality';
import { QualityFilterEnum } from '../collections/collection.types';
import { ImageInput } from '../images/image.inputs';

@ArgsType()
export class RecognizeCelebritiesArgs {
  @Field(() => ImageInput, { description: 'The image, whose faces are looked up, each by itself. It is not kept.' })
  image!: ImageInput;

  @Field(() => [ID], { description: '1-16 galleries that you were granted, of any packs.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(16)
  @IsUUID('all', { each: true, message: 'galleryIds must be UUIDs' })
  galleryIds!: string[];

  @Field(() => Int, {
    defaultValue: 0,
    description: 'Similarity 0-100, a whole number, to reach. Where a gallery’s own floor is higher, that holds.',
  })
  @IsInt()
  @Min(0)
  @Max(100)
  minSimilarity!: number;

  @Field(() => QualityFilterEnum, { defaultValue: 'NONE', description: 'How good a face must be to be looked up.' })
  qualityFilter!: QualityFilter;
}
