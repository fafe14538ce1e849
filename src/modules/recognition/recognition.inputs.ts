import { ArrayMaxSize, ArrayMinSize, IsInt, IsNumber, IsUUID, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, Float, ID, Int } from 'type-graphql';
import type { QualityFilter } from '../../domain/quality';
import { QualityFilterEnum } from '../collections/collection.types';
import type { OnAmbiguous } from '../enrollment/enrollment-shapes';
import { OnAmbiguousEnum } from '../enrollment/enrollment.inputs';
import { ImageInput } from '../images/image.inputs';
import { PersonFilterInput } from '../persons/person-filter.inputs';

@ArgsType()
export class DetectFacesArgs {
  @Field(() => ImageInput, { description: 'The image.' })
  image!: ImageInput;

  @Field(() => String, { nullable: true, description: 'name@version or a bare name; the server’s default otherwise.' })
  @MaxLength(128)
  modelPack?: string | null;

  @Field(() => Int, { defaultValue: 100, description: 'Answer with at most this many, 1-100, largest first.' })
  @IsInt()
  @Min(1)
  @Max(100)
  maxFaces!: number;
}

@ArgsType()
export class CompareFacesArgs {
  @Field(() => ImageInput, { description: 'Its largest face is compared.' })
  source!: ImageInput;

  @Field(() => ImageInput, { description: 'With every face of this one.' })
  target!: ImageInput;

  @Field(() => QualityFilterEnum, { defaultValue: 'NONE', description: 'How good a face must be to be compared.' })
  qualityFilter!: QualityFilter;

  @Field(() => String, { nullable: true, description: 'name@version or a bare name; the server’s default otherwise.' })
  @MaxLength(128)
  modelPack?: string | null;
}

@ArgsType()
export class VerifyPersonArgs {
  @Field(() => ID, { description: 'Who it should be.' })
  personId!: string;

  @Field(() => ImageInput, { description: 'Its largest face is verified.' })
  image!: ImageInput;
}

@ArgsType()
export class SearchFacesArgs {
  @Field(() => [ID], { description: '1-16 collections of one model pack.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(16)
  @IsUUID('all', { each: true, message: 'collectionIds must be UUIDs' })
  collectionIds!: string[];

  @Field(() => ImageInput, {
    nullable: true,
    description: 'The image whose faces are searched, each by itself; or give images, faceId or personId.',
  })
  image?: ImageInput | null;

  @Field(() => [ImageInput], {
    nullable: true,
    description: '1-10 photographs of one person, of whom nobody needs to know who they are: searched as one face.',
  })
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  images?: ImageInput[] | null;

  @Field(() => OnAmbiguousEnum, {
    nullable: true,
    description: 'What to do where more than one face of one of `images` may be meant; default REFUSE.',
  })
  onAmbiguous?: OnAmbiguous | null;

  @Field(() => ID, { nullable: true, description: 'An indexed face to search by.' })
  faceId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'A person to search by: who else looks like them? They are left out themselves.',
  })
  personId?: string | null;

  @Field(() => PersonFilterInput, {
    nullable: true,
    description: 'Only persons who fit, and then no faces of nobody; everybody otherwise.',
  })
  filter?: PersonFilterInput | null;

  @Field(() => Float, { nullable: true, description: 'Similarity 0-100 to reach; the collections’ own otherwise.' })
  @IsNumber()
  @Min(0)
  @Max(100)
  threshold?: number | null;

  @Field(() => Int, { defaultValue: 10, description: 'At most this many persons a probe, 1-100.' })
  @IsInt()
  @Min(1)
  @Max(100)
  limit!: number;

  @Field(() => QualityFilterEnum, {
    nullable: true,
    description: 'How good a face must be to be searched; default NONE.',
  })
  qualityFilter?: QualityFilter | null;
}
