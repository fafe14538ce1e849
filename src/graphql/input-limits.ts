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
    if (inputType && Object.hasOwn(variables, name)) assertSize(inputType, variables[name], name, allowances.get(name));
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

function assertSize(type: GraphQLInputType, value: unknown, path: string, most: number | undefined): void {
  if (value === null || value === undefined) return;
  if (isNonNullType(type)) return assertSize(type.ofType, value, path, most);
  if (isListType(type)) return assertItems(type.ofType, value, path, most ?? MAX_ITEMS);
  if (isInputObjectType(type)) {
    if (typeof value !== 'object') return;
    const given = value as Readonly<Record<string, unknown>>;
    for (const [name, field] of Object.entries(type.getFields())) {
      if (Object.hasOwn(given, name)) assertSize(field.type, given[name], `${path}.${name}`, mostOf(field.extensions));
    }
    return;
  }
  if (type.name === 'JSONObject') return assertMetadata(value, path);
  if (typeof value === 'string' && value.length > (most ?? MAX_CHARACTERS)) {
    throw badInput({ path, rule: `must be shorter than or equal to ${most ?? MAX_CHARACTERS} characters` });
  }
}

function mostOf(extensions: Readonly<Record<string, unknown>>): number | undefined {
  const most = extensions[MOST_EXTENSION];
  return typeof most === 'number' ? most : undefined;
}

function assertItems(type: GraphQLInputType, value: unknown, path: string, most: number): void {
  // GraphQL takes a single value for a list of one.
  if (!Array.isArray(value)) return assertSize(type, value, path, undefined);
  if (value.length > most) throw badInput({ path, rule: `must contain no more than ${most} elements` });
  for (const [index, item] of value.entries()) assertSize(type, item, `${path}.${index}`, undefined);
}

/** Counts the least that the JSON of metadata can take, and stops where that is too much. */
function assertMetadata(metadata: unknown, path: string): void {
  // The outermost object has no comma behind it.
  let bytes = -1;
  let level: readonly unknown[] = [metadata];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_METADATA_DEPTH) throw badInput({ path, rule: METADATA_DEPTH_RULE });
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
      if (bytes + 2 * next.length > MAX_METADATA_BYTES) throw badInput({ path, rule: METADATA_RULE });
    }
    level = next;
  }
}
