import {
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  typeFromAST,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type TypeNode,
  type ValueNode,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { badInput } from '../domain/errors';
import { MAX_METADATA_BYTES, MAX_METADATA_DEPTH, METADATA_RULE, METADATA_DEPTH_RULE } from '../domain/storable';

/** Of lists and texts whose field says nothing else. No rule of any field allows more, so exact rules can wait. */
const MAX_ITEMS = 1_000;
const MAX_CHARACTERS = 65_536;

/** Of a name that the caller made up. */
const MAX_TOLD_CHARACTERS = 60;

const MOST_EXTENSION = 'most';

/** How many items or characters an input field takes at most, where these are more than 1,000 or 65,536. */
export function Most(most: number): PropertyDecorator & MethodDecorator {
  return Extensions({ [MOST_EXTENSION]: most }) as PropertyDecorator & MethodDecorator;
}

/**
 * Holds the variables of an operation to the sizes that their types allow, before anything is done with each part of them:
 * coercion and validation look at all items of a list, and their errors say all of a text.
 * @throws DomainError BAD_USER_INPUT for a list, a text or metadata that is too long.
 */
export function assertInputLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  const allowances = allowancesOf(schema, document);
  for (const { variable, type } of operation.variableDefinitions ?? []) {
    const inputType = inputTypeOf(schema, type);
    const { value: name } = variable.name;
    if (!inputType || !Object.hasOwn(variables, name)) continue;
    assertSize(inputType, variables[name], { key: name }, allowances.get(name));
  }
}

/**
 * What a variable takes at most by the places at which it stands: the type of `$photo: String!` says nothing of the
 * `base64` that it is. Of several places the widest counts, since exact rules come later.
 */
function allowancesOf(schema: GraphQLSchema, document: DocumentNode): ReadonlyMap<string, number> {
  const allowances = new Map<string, number>();
  const allow = (value: ValueNode, extensions: Readonly<Record<string, unknown>> | undefined): void => {
    const most = extensions && mostOf(extensions);
    if (value.kind !== Kind.VARIABLE || most === undefined) return;
    const { value: name } = value.name;
    allowances.set(name, Math.max(most, allowances.get(name) ?? 0));
  };
  const typeInfo = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Argument: ({ value }) => allow(value, typeInfo.getArgument()?.extensions),
      ObjectField: ({ name, value }) => {
        const parent = getNamedType(typeInfo.getParentInputType());
        if (isInputObjectType(parent)) allow(value, parent.getFields()[name.value]?.extensions);
      },
    }),
  );
  return allowances;
}

/** Validation has seen to it that there is such an input type. */
function inputTypeOf(schema: GraphQLSchema, node: TypeNode): GraphQLInputType | undefined {
  return typeFromAST(schema, node) as GraphQLInputType | undefined;
}

/** What there is to look at in a value of a type, found out once: thousands of items are of one type. */
type Shape =
  | { readonly kind: 'LIST'; readonly item: GraphQLInputType }
  | {
      readonly kind: 'OBJECT';
      readonly fields: readonly { readonly name: string; readonly type: GraphQLInputType; readonly most?: number }[];
    }
  | { readonly kind: 'METADATA' | 'TEXT' };

const shapes = new WeakMap<GraphQLInputType, Shape>();

function shapeOf(type: GraphQLInputType): Shape {
  const known = shapes.get(type);
  if (known) return known;
  const made = makeShape(type);
  shapes.set(type, made);
  return made;
}

function makeShape(type: GraphQLInputType): Shape {
  if (isNonNullType(type)) return makeShape(type.ofType);
  if (isListType(type)) return { kind: 'LIST', item: type.ofType };
  if (!isInputObjectType(type)) return { kind: type.name === 'JSONObject' ? 'METADATA' : 'TEXT' };
  const fields = Object.values(type.getFields());
  return {
    kind: 'OBJECT',
    fields: fields.map(({ name, type: inner, extensions }) => ({ name, type: inner, most: mostOf(extensions) })),
  };
}

/** Where a value is; its text is made only for who is told. */
interface Place {
  readonly within?: Place;
  readonly key: string | number;
}

const pathOf = ({ within, key }: Place): string => (within ? `${pathOf(within)}.${key}` : String(key));

function assertSize(type: GraphQLInputType, value: unknown, place: Place, most: number | undefined): void {
  if (value === null || value === undefined) return;
  const shape = shapeOf(type);
  if (shape.kind === 'LIST') return assertItems(shape.item, value, place, most ?? MAX_ITEMS);
  if (shape.kind === 'OBJECT') {
    if (typeof value !== 'object') return;
    const given = value as Readonly<Record<string, unknown>>;
    assertFieldCount(shape.fields, given, place);
    for (const field of shape.fields) {
      const { name } = field;
      if (Object.hasOwn(given, name)) assertSize(field.type, given[name], { within: place, key: name }, field.most);
    }
    return;
  }
  if (shape.kind === 'METADATA') return assertMetadata(value, place);
  if (typeof value === 'object')
    throw badInput({ path: pathOf(place), rule: 'must be one value, no object and no list' });
  if (typeof value === 'string' && value.length > (most ?? MAX_CHARACTERS)) {
    const rule = `must be shorter than or equal to ${most ?? MAX_CHARACTERS} characters`;
    throw badInput({ path: pathOf(place), rule });
  }
}

/** A few unknown fields are told by graphql-js, with the names that were meant; each of its errors prints the whole object. */
function assertFieldCount(fields: readonly { readonly name: string }[], given: object, place: Place): void {
  const names = Object.keys(given);
  if (names.length <= fields.length) return;
  const unknown = names.find((name) => !fields.some((field) => field.name === name))!;
  throw badInput({ path: pathOf(place), rule: `has no field ${unknown.slice(0, MAX_TOLD_CHARACTERS)}` });
}

function mostOf(extensions: Readonly<Record<string, unknown>>): number | undefined {
  const most = extensions[MOST_EXTENSION];
  return typeof most === 'number' ? most : undefined;
}

function assertItems(type: GraphQLInputType, value: unknown, place: Place, most: number): void {
  // GraphQL takes a single value for a list of one.
  if (!Array.isArray(value)) return assertSize(type, value, place, undefined);
  if (value.length > most) {
    throw badInput({ path: pathOf(place), rule: `must contain no more than ${most} elements` });
  }
  for (const [index, item] of value.entries()) assertSize(type, item, { within: place, key: index }, undefined);
}

/** Counts the least that the JSON of metadata can take, and stops where that is too much. */
function assertMetadata(metadata: unknown, place: Place): void {
  // The outermost object has no comma behind it.
  let bytes = -1;
  let level: readonly unknown[] = [metadata];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_METADATA_DEPTH) throw badInput({ path: pathOf(place), rule: METADATA_DEPTH_RULE });
    const next: unknown[] = [];
    for (const value of level) {
      // A value and what separates it from the next.
      bytes += 2;
      if (typeof value === 'string') bytes += value.length;
      else if (Array.isArray(value)) for (const item of value) next.push(item);
      else if (typeof value === 'object' && value !== null) {
        for (const [name, inner] of Object.entries(value)) {
          bytes += name.length + 3;
          next.push(inner);
        }
      }
      // What is still to come counts, too.
      if (bytes + 2 * next.length > MAX_METADATA_BYTES) throw badInput({ path: pathOf(place), rule: METADATA_RULE });
    }
    level = next;
  }
}
