import { Field, InputType, registerEnumType, type ClassType } from 'type-graphql';
import { DIRECTIONS, type Direction, type Order } from '../records/page';

const DirectionEnum = Object.fromEntries(DIRECTIONS.map((one) => [one, one]));
registerEnumType(DirectionEnum, {
  name: 'OrderDirection',
  description: 'Which way a list is ordered.',
  valuesConfig: {
    ASC: { description: 'From A to Z, the oldest first.' },
    DESC: { description: 'From Z to A, the newest first.' },
  },
});

/**
 * The input of `orderBy`, and the enum of what it may name.
 * @param row the rows' type: `Person` has a PersonOrderInput and a PersonOrderField.
 * @param fields each with what it says in the schema.
 */
export function createOrder<Name extends string>(
  row: string,
  fields: Readonly<Record<Name, string>>,
): ClassType<Order<Name>> {
  const names = Object.keys(fields) as Name[];
  const FieldEnum = Object.fromEntries(names.map((name) => [name, name]));
  registerEnumType(FieldEnum, {
    name: `${row}OrderField`,
    description: 'What to order by; what is equal is ordered by id, in the same direction.',
    valuesConfig: Object.fromEntries(names.map((name) => [name, { description: fields[name] }])),
  });

  @InputType(`${row}OrderInput`, { description: 'How to order a list.' })
  class OrderOf {
    @Field(() => FieldEnum, { description: 'What to order by.' })
    field!: Name;

    @Field(() => DirectionEnum, { defaultValue: 'ASC', description: 'Which way.' })
    direction: Direction = 'ASC';
  }

  return OrderOf;
}
