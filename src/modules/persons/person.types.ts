import { Field, ID, ObjectType } from 'type-graphql';
import { createConnection } from '../../graphql/connection';
import { Node } from '../../graphql/node';
import { DateTime, JSONObject } from '../../graphql/scalars';

@ObjectType({ implements: Node, description: 'Someone known in a collection.', simpleResolvers: true })
export class Person {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => ID, { description: 'The collection that knows them.' })
  collectionId!: string;

  @Field({ description: 'How people call them, at most 255 characters.' })
  displayName!: string;

  @Field(() => String, { nullable: true, description: 'Your own id of them, unique in the collection.' })
  externalId!: string | null;

  @Field(() => JSONObject, { description: 'What else you keep of them, at most 16 KB.' })
  metadata!: Readonly<Record<string, unknown>>;

  @Field(() => [String], {
    description: 'What else they are called: their own aliases, then the names of who was merged into them.',
  })
  aliases!: readonly string[];

  @Field(() => String, { nullable: true, description: 'When they were born, YYYY-MM-DD; null when that is not known.' })
  bornOn!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'When they died, YYYY-MM-DD; null when they live or it is not known.',
  })
  diedOn!: string | null;

  @Field(() => DateTime, { description: 'When they were made known.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When their name, aliases, id or metadata last changed.' })
  updatedAt!: Date;
}

export const PersonConnection = createConnection(Person, 'PersonConnection');
