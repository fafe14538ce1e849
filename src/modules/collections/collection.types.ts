import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { createConnection } from '../../graphql/connection';
import { Node } from '../../graphql/node';
import { DateTime } from '../../graphql/scalars';
import { QUALITY_FILTERS, type QualityFilter } from '../../domain/quality';

export const QualityFilterEnum = Object.fromEntries(QUALITY_FILTERS.map((one) => [one, one]));
registerEnumType(QualityFilterEnum, {
  name: 'QualityFilter',
  description: 'How good a face must be.',
  valuesConfig: {
    NONE: { description: 'Every face that was found.' },
    AUTO: { description: 'What recognition can work with.' },
    LOW: { description: 'Leaves out the worst.' },
    MEDIUM: { description: 'Good enough to identify with.' },
    HIGH: { description: 'Good enough to enrol for reference.' },
  },
});

@ObjectType({
  implements: Node,
  description: 'A searchable set of faces, pinned to one model pack.',
  simpleResolvers: true,
})
export class Collection {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field({ description: 'Unique among your collections.' })
  name!: string;

  @Field({ description: 'What it is for.' })
  description!: string;

  @Field({ description: 'name@version of the pack that embeds its faces.' })
  modelPackId!: string;

  @Field(() => Float, {
    nullable: true,
    description: 'Similarity (0-100) that a search must reach; null: automatic, from the size of the gallery.',
  })
  similarityThreshold!: number | null;

  @Field(() => Float, { description: 'Share of strangers that the automatic threshold may let through.' })
  targetFpir!: number;

  @Field(() => QualityFilterEnum, { description: 'What an enrolled face must pass unless the request says otherwise.' })
  qualityFilter!: QualityFilter;

  @Field(() => Int, { nullable: true, description: 'Days that its faces are kept; null: without end.' })
  retentionDays!: number | null;

  @Field(() => Int, { description: 'Faces that searches can find: the size of the gallery.' })
  faceCount!: number;

  @Field(() => Int, { description: 'Persons known in it.' })
  personCount!: number;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When its settings last changed.' })
  updatedAt!: Date;
}

export const CollectionConnection = createConnection(Collection, 'CollectionConnection');

@ObjectType({ description: 'Answer of createCollection.', simpleResolvers: true })
export class CreateCollectionPayload {
  @Field(() => Collection, { description: 'The new collection.' })
  collection!: Collection;
}

@ObjectType({ description: 'Answer of updateCollection.', simpleResolvers: true })
export class UpdateCollectionPayload {
  @Field(() => Collection, { description: 'The collection as it is now.' })
  collection!: Collection;
}

@ObjectType({ description: 'Answer of deleteCollection.', simpleResolvers: true })
export class DeleteCollectionPayload {
  @Field(() => ID, { description: 'The collection, invisible from now on.' })
  deletedCollectionId!: string;

  @Field(() => ID, { description: 'The job that removes its images and vectors; follow it with jobUpdated.' })
  jobId!: string;
}
