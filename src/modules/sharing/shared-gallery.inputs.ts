import { IsInt, Length, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { PageArgs } from '../../graphql/connection';

const OPERATOR = 'Whose gallery; only for the operator, who must say it.';
const FLOOR =
  'Similarity 0-100, a whole number, below which nobody is named, whatever a search asks for; 95 when it is left out.';

@InputType({ description: 'A collection that others may look people up in.' })
export class PublishGalleryInput {
  @Field(() => ID, {
    description: 'The collection; it stays yours, and what you change in it is changed in the gallery.',
  })
  collectionId!: string;

  @Field({ description: 'What those who are granted it call it, 1-255 characters.' })
  @Length(1, 255)
  name!: string;

  @Field(() => String, { nullable: true, description: 'What is in it, at most 4,096 characters.' })
  @MaxLength(4_096)
  description?: string | null;

  @Field(() => Int, { nullable: true, description: FLOOR })
  @IsInt()
  @Min(0)
  @Max(100)
  similarityFloor?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether one face of a person who was recognized may be seen; not unless you say so.',
  })
  showsCovers?: boolean | null;

  @Field(() => ID, { nullable: true, description: OPERATOR })
  tenantId?: string | null;
}

@InputType({ description: 'What changes of a gallery; what is left out stays.' })
export class UpdateGalleryInput {
  @Field(() => ID, { description: 'Which one.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Its new name, 1-255 characters.' })
  @Length(1, 255)
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'What is in it, at most 4,096 characters.' })
  @MaxLength(4_096)
  description?: string | null;

  @Field(() => Int, { nullable: true, description: 'Similarity 0-100, a whole number, below which nobody is named.' })
  @IsInt()
  @Min(0)
  @Max(100)
  similarityFloor?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether one face of a recognized person may be seen.' })
  showsCovers?: boolean | null;

  @Field(() => ID, { nullable: true, description: OPERATOR })
  tenantId?: string | null;
}

@InputType({ description: 'Which gallery is published no longer.' })
export class UnpublishGalleryInput {
  @Field(() => ID, { description: 'Which one.' })
  id!: string;

  @Field(() => ID, { nullable: true, description: OPERATOR })
  tenantId?: string | null;
}

@InputType({ description: 'Who may look people up in a gallery.' })
export class GrantGalleryInput {
  @Field(() => ID, { description: 'The gallery.' })
  id!: string;

  @Field(() => ID, { description: 'The other tenant, by the id that its `viewer` tells it.' })
  granteeTenantId!: string;

  @Field(() => String, { nullable: true, description: 'A note for yourself, at most 255 characters.' })
  @MaxLength(255)
  label?: string | null;

  @Field(() => ID, { nullable: true, description: OPERATOR })
  tenantId?: string | null;
}

@InputType({ description: 'Which grant ends.' })
export class EndGalleryGrantInput {
  @Field(() => ID, {
    description: 'The grant: of a gallery of yours, or the id by which you know one of another tenant’s.',
  })
  id!: string;

  @Field(() => ID, { nullable: true, description: OPERATOR })
  tenantId?: string | null;
}

@ArgsType()
export class GalleriesArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Whose galleries; only for the operator, who must say it.' })
  tenantId?: string | null;
}

@ArgsType()
export class GalleryGrantsArgs extends PageArgs {
  @Field(() => ID, { description: 'Of which gallery.' })
  galleryId!: string;

  @Field(() => ID, { nullable: true, description: OPERATOR })
  tenantId?: string | null;
}
