import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { createConnection } from '../../graphql/connection';
import { DateTime } from '../../graphql/scalars';
import { GRANT_ENDERS, type GrantEnder } from '../../records/shared-gallery';

export const GrantEnderEnum = Object.fromEntries(GRANT_ENDERS.map((one) => [one, one]));
registerEnumType(GrantEnderEnum, {
  name: 'GrantEnder',
  description: 'Who ended the grant of a gallery.',
  valuesConfig: {
    OWNER: { description: 'Who publishes it.' },
    GRANTEE: { description: 'Who was granted it.' },
    SUSPENSION: { description: 'One of the two was suspended or is being deleted.' },
  },
});

@ObjectType({ description: 'A collection of yours that others may look people up in.', simpleResolvers: true })
export class Gallery {
  @Field(() => ID, { description: 'UUIDv7. Nobody else is told it.' })
  id!: string;

  @Field(() => ID, { description: 'The collection.' })
  collectionId!: string;

  @Field({ description: 'What those who are granted it call it.' })
  name!: string;

  @Field({ description: 'What is in it.' })
  description!: string;

  @Field(() => Int, { description: 'Similarity 0-100 below which nobody is named.' })
  similarityFloor!: number;

  @Field({ description: 'Whether one face of a recognized person may be seen.' })
  showsCovers!: boolean;

  @Field(() => DateTime, { description: 'When it was published.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: Date;
}

@ObjectType({ description: 'Who was granted a gallery of yours.', simpleResolvers: true })
export class GalleryGrant {
  @Field(() => ID, { description: 'UUIDv7. The other tenant knows the gallery by it.' })
  id!: string;

  @Field(() => ID, { description: 'Of which gallery.' })
  galleryId!: string;

  @Field(() => ID, { description: 'The other tenant.' })
  granteeTenantId!: string;

  @Field({ description: 'Your note.' })
  label!: string;

  @Field(() => DateTime, { description: 'Since when.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null: it holds.' })
  endedAt!: Date | null;

  @Field(() => GrantEnderEnum, { nullable: true, description: 'Who ended it.' })
  endedBy!: GrantEnder | null;
}

@ObjectType({ description: 'A gallery of another tenant’s that you may look people up in.', simpleResolvers: true })
export class GrantedGallery {
  @Field(() => ID, { description: 'What recognizeCelebrities and endGalleryGrant take. It is yours alone.' })
  id!: string;

  @Field({ description: 'Its name.' })
  name!: string;

  @Field({ description: 'What is in it.' })
  description!: string;

  @Field(() => Int, { description: 'Similarity 0-100 below which nobody is named.' })
  similarityFloor!: number;

  @Field({ description: 'Whether one face of a recognized person may be seen.' })
  showsCovers!: boolean;

  @Field(() => DateTime, { description: 'Since when.' })
  grantedAt!: Date;
}

export const GalleryConnection = createConnection(Gallery, 'GalleryConnection');
export const GalleryGrantConnection = createConnection(GalleryGrant, 'GalleryGrantConnection');
export const GrantedGalleryConnection = createConnection(GrantedGallery, 'GrantedGalleryConnection');

@ObjectType({ description: 'Answer of publishGallery.', simpleResolvers: true })
export class PublishGalleryPayload {
  @Field(() => Gallery, { description: 'The gallery.' })
  gallery!: Gallery;
}

@ObjectType({ description: 'Answer of updateGallery.', simpleResolvers: true })
export class UpdateGalleryPayload {
  @Field(() => Gallery, { description: 'The gallery as it is now.' })
  gallery!: Gallery;
}

@ObjectType({ description: 'Answer of unpublishGallery.', simpleResolvers: true })
export class UnpublishGalleryPayload {
  @Field(() => ID, { description: 'The gallery, which is gone with its grants; the collection stays.' })
  unpublishedGalleryId!: string;
}

@ObjectType({ description: 'Answer of grantGallery.', simpleResolvers: true })
export class GrantGalleryPayload {
  @Field(() => GalleryGrant, { description: 'The grant.' })
  grant!: GalleryGrant;
}

@ObjectType({ description: 'Answer of endGalleryGrant.', simpleResolvers: true })
export class EndGalleryGrantPayload {
  @Field(() => ID, { description: 'The grant, which holds no longer.' })
  endedGrantId!: string;
}
