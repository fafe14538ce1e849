import { Length } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../graphql/connection';
import { createOrder } from '../../graphql/order';
import type { ImageOrderField } from '../../records/image';
import type { Order } from '../../records/page';

@InputType({ description: 'Which images to list; all conditions must hold.' })
class ImageFilterInput {
  @Field({ nullable: true, description: 'Only with this id of your own, as given at enrolment.' })
  @Length(1, 255)
  externalImageId?: string;

  @Field(() => ID, { nullable: true, description: 'Only with a face of this person.' })
  personId?: string | null;
}

const ImageOrderInput = createOrder<ImageOrderField>('Image', { CREATED_AT: 'By when it was accepted.' });

@ArgsType()
export class ImagesArgs extends PageArgs {
  @Field(() => ID, { description: 'The collection.' })
  collectionId!: string;

  @Field(() => ImageFilterInput, { nullable: true, description: 'Which ones; all otherwise.' })
  filter?: ImageFilterInput | null;

  @Field(() => ImageOrderInput, { nullable: true, description: 'How to order them; CREATED_AT ASC otherwise.' })
  orderBy?: Order<ImageOrderField> | null;
}
