import { isInputObjectType, type GraphQLSchema } from 'graphql';

/** Inputs of which exactly one field is given, and no null beside it. */
const ONE_OF: Readonly<Record<string, readonly string[]>> = {
  ImageInput: ['uploadId', 'url', 'base64'],
  EnrollPersonInput: ['id', 'externalId', 'create'],
  NamePersonInput: ['id', 'create'],
};

/**
 * Marks them with `@oneOf`, for which type-graphql has no word.
 * @throws Error when one of them is not as it is told here.
 */
export function markOneOf(schema: GraphQLSchema): void {
  for (const [name, fields] of Object.entries(ONE_OF)) {
    const type = schema.getType(name);
    if (!isInputObjectType(type)) throw new Error(`${name} is no input of the schema`);
    const found = Object.keys(type.getFields());
    if (found.length !== fields.length || !fields.every((field) => found.includes(field))) {
      throw new Error(`${name} has other fields than ${fields.join(', ')}`);
    }
    type.isOneOf = true;
  }
}

/** The rule that was broken, from graphql-js' sentence, which names the type but not what it may have. */
export function oneOfRule(message: string): string | undefined {
  const [, name = ''] = /Exactly one key must be specified for OneOf type "(\w+)"/.exec(message) ?? [];
  const [, other = ''] = /OneOf Input Object "(\w+)" must specify exactly one key/.exec(message) ?? [];
  const fields = ONE_OF[name || other];
  return fields && `must have exactly one of ${fields.slice(0, -1).join(', ')} and ${fields.at(-1)}`;
}
