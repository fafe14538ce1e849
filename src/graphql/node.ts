import { Field, ID, InterfaceType } from 'type-graphql';

/** An object with the name of its type, as `node` answers with it. */
export interface TypedNode {
  readonly __typename: string;
}

@InterfaceType('Node', {
  description: 'What has an id of its own, by which `node` finds it.',
  resolveType: (value: TypedNode) => value.__typename,
})
export abstract class Node {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;
}
