import { validate, type ValidationError } from 'class-validator';
import { getNamedType, type GraphQLResolveInfo } from 'graphql';
import type { ResolverData } from 'type-graphql';
import { badInput, type FieldProblem } from '../domain/errors';
import { LoopSlice } from '../domain/loop-slice';
import { composeMetadata, composeText, findTextProblem, findTypedTextProblem } from '../domain/storable';

const MAX_PROBLEMS = 20;

/**
 * The fields of inputs and arguments that hold what people type. All others (addresses, base64, ids, keys, tokens, cursors)
 * mean their very characters.
 */
const TYPED_FIELDS: ReadonlySet<string> = new Set([
  'aliases',
  'description',
  'displayName',
  'externalId',
  'externalIds',
  'externalImageId',
  'label',
  'metadata',
  'name',
  'startAt',
  'text',
]);

/** An instance of an input or arguments class, as type-graphql makes them of GraphQL's null-prototype objects. */
function isInputInstance(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || value instanceof Date) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && prototype !== Object.prototype && !Array.isArray(value);
}

/** class-validator begins its sentences with the property's name, which `path` says already. */
function ruleOf(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

function problemsOf(errors: readonly ValidationError[], prefix: string): FieldProblem[] {
  return errors.flatMap((error) => {
    const path = prefix ? `${prefix}.${error.property}` : error.property;
    const own = Object.values(error.constraints ?? {}).map((text) => ({ path, rule: ruleOf(text, error.property) }));
    return [...own, ...problemsOf(error.children ?? [], path)];
  });
}

/** What people type is compared, counted and kept in one form of Unicode (NFC), whatever form it came in. */
function compose(input: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(input)) {
    if (!TYPED_FIELDS.has(name)) continue;
    if (typeof value === 'string') input[name] = composeText(value);
    else if (Array.isArray(value))
      input[name] = value.map((one: unknown) => (typeof one === 'string' ? composeText(one) : one));
    else if (isJsonObject(value)) input[name] = composeMetadata(value);
  }
}

const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function collect(
  value: unknown,
  path: string,
  problems: FieldProblem[],
  slice: LoopSlice,
  isTyped = false,
): Promise<void> {
  if (problems.length >= MAX_PROBLEMS) return;
  if (typeof value === 'string') {
    const rule = isTyped ? findTypedTextProblem(value) : findTextProblem(value);
    if (rule !== undefined) problems.push({ path, rule });
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      await slice.pause();
      await collect(item, `${path}.${index}`, problems, slice, isTyped);
    }
    return;
  }
  if (!isInputInstance(value)) return;
  compose(value);
  const errors = await validate(value, {
    skipMissingProperties: true,
    forbidUnknownValues: false,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  problems.push(...problemsOf(errors, path));
  for (const [name, nested] of Object.entries(value)) {
    await collect(nested, path ? `${path}.${name}` : name, problems, slice, TYPED_FIELDS.has(name));
  }
}

/** The argument that is of a class; empty for a class that stands for all arguments of its field. */
function nameOfArgument(type: unknown, { parentType, fieldName }: GraphQLResolveInfo): string {
  const named = parentType.getFields()[fieldName]?.args.find((arg) => getNamedType(arg.type).name === nameOf(type));
  return named?.name ?? '';
}

const nameOf = (type: unknown): string | undefined => (typeof type === 'function' ? type.name : undefined);

/**
 * Checks an argument object by its class-validator decorators, and every input object inside it, without needing
 * `@ValidateNested`. What people typed in it is composed (NFC) first.
 * @throws DomainError BAD_USER_INPUT whose `details.fields` name paths and rules, never values.
 */
export async function validateArguments(
  value: unknown,
  type: unknown,
  { info }: Pick<ResolverData, 'info'>,
): Promise<void> {
  const problems: FieldProblem[] = [];
  await collect(value, nameOfArgument(type, info), problems, new LoopSlice());
  const [first, ...rest] = [...new Map(problems.map((one) => [one.path, one])).values()].slice(0, MAX_PROBLEMS);
  if (first) throw badInput(first, ...rest);
}
