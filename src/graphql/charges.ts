import type { GraphQLField } from 'graphql';
import { Extensions } from 'type-graphql';
import type { Amounts } from '../domain/rates';
import type { ApiContext } from './context';

const CHARGES_EXTENSION = 'charges';

type ChargesOf = (args: Readonly<Record<string, unknown>>, context: Pick<ApiContext, 'sendsDirectly'>) => Amounts;

/** What the root field takes of its caller's rates before it works; of faces it is an estimate, which is settled after. */
export function Charges(of: Amounts | ChargesOf): MethodDecorator {
  const chargesOf: ChargesOf = typeof of === 'function' ? of : () => of;
  return (target, property, descriptor) => {
    Extensions({ [CHARGES_EXTENSION]: chargesOf })(target, property, descriptor as TypedPropertyDescriptor<unknown>);
  };
}

/** What says what a field takes; undefined: it takes nothing. */
export function chargesOf(field: GraphQLField<unknown, unknown>): ChargesOf | undefined {
  return field.extensions[CHARGES_EXTENSION] as ChargesOf | undefined;
}
