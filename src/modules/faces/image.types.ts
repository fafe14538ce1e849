import { Field, ID, Int, ObjectType } from 'type-graphql';
import { createConnection } from '../../graphql/connection';
import { Node } from '../../graphql/node';
import { DateTime } from '../../graphql/scalars';

@ObjectType({
  implements: Node,
  description: 'An accepted image: upright, its metadata stripped.',
  simpleResolvers: true,
})
export class Image {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => ID, { description: 'The collection it was enrolled in.' })
  collectionId!: string;

  @Field({ description: 'image/jpeg, image/png or image/webp.' })
  mime!: string;

  @Field(() => Int, { description: 'Pixels.' })
  width!: number;

  @Field(() => Int, { description: 'Pixels.' })
  height!: number;

  @Field(() => Int, { description: 'Size of the stored file.' })
  bytes!: number;

  @Field({ description: 'Whether it came as an animation: this is its first frame, the only one that was looked at.' })
  firstFrameOnly!: boolean;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was taken, by its EXIF; a time without a zone counts as UTC. Null when it did not say.',
  })
  takenAt!: Date | null;

  @Field({ description: 'SHA-256 of the stored file, hexadecimal.' })
  sha256!: string;

  @Field(() => DateTime, { description: 'When it was accepted.' })
  createdAt!: Date;
}

export const ImageConnection = createConnection(Image, 'ImageConnection');
