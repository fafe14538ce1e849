/** Where something of an earlier schema is now. */
export interface Rename {
  /** What stands in its place, as a schema coordinate: `Type`, `Type.field` or `Type.field(argument:)`. */
  readonly now: string;
  /** How a query writes it. */
  readonly write: string;
}

/** What mutations that took an id took it as. */
const byId = (mutation: string, input: string): Record<string, Rename> => ({
  [`Mutation.${mutation}(id:)`]: { now: `${input}.id`, write: `${mutation}(input: { id: ... })` },
});

/** A condition of a list, which is now a field of its filter. */
const condition = (list: string, input: string, name: string): Record<string, Rename> => ({
  [`${list}(${name}:)`]: { now: `${input}.${name}`, write: `${list.replace(/^\w+\./, '')}(filter: { ${name}: ... })` },
});

/** What createUploads answered with, which now lies in its payload. */
const ofUpload = (name: string): Record<string, Rename> => ({
  [`CreateUploadsPayload.${name}`]: { now: `Upload.${name}`, write: `createUploads(...) { uploads { ${name} } }` },
});

/**
 * What the schema called otherwise or had elsewhere, by its old coordinate: a client that still says it is told the new one.
 * A row goes when nobody can have a client of the release that last knew it.
 */
export const RENAMES: Readonly<Record<string, Rename>> = {
  CollectionFilter: { now: 'CollectionFilterInput', write: 'CollectionFilterInput' },
  ...condition('Query.faces', 'FaceFilterInput', 'collectionId'),
  ...condition('Query.faces', 'FaceFilterInput', 'personId'),
  ...condition('Query.faces', 'FaceFilterInput', 'assigned'),
  ...condition('Query.faces', 'FaceFilterInput', 'state'),
  ...condition('Query.jobs', 'JobFilterInput', 'kind'),
  ...condition('Query.jobs', 'JobFilterInput', 'state'),
  ...condition('Job.items', 'JobItemFilterInput', 'state'),
  ...byId('updatePerson', 'UpdatePersonInput'),
  ...byId('updateCollection', 'UpdateCollectionInput'),
  ...byId('deleteCollection', 'DeleteCollectionInput'),
  ...byId('cancelJob', 'CancelJobInput'),
  ...byId('retryJob', 'RetryJobInput'),
  ...byId('suspendTenant', 'SuspendTenantInput'),
  ...byId('deleteTenant', 'DeleteTenantInput'),
  'Mutation.createUploads(files:)': {
    now: 'CreateUploadsInput.files',
    write: 'createUploads(input: { files: ... })',
  },
  ...ofUpload('id'),
  ...ofUpload('url'),
  ...ofUpload('headers'),
  ...ofUpload('expiresAt'),
};

/** How graphql-js says that it does not know something; its groups make the coordinate. */
const UNKNOWN: readonly (readonly [RegExp, (first: string, second: string) => string])[] = [
  [/^Cannot query field "(\w+)" on type "(\w+)"/, (field, type) => `${type}.${field}`],
  [/^Unknown argument "(\w+)" on field "(\w+\.\w+)"/, (argument, field) => `${field}(${argument}:)`],
  [/^Unknown type "(\w+)"/, (type) => type],
  // Of a literal this is the whole sentence, of a variable its end.
  [/(?:^|; )Field "(\w+)" is not defined by type "(\w+)"/, (field, type) => `${type}.${field}`],
];

/**
 * @param message a sentence of graphql-js about a request.
 * @returns what to say beside it when it is about something renamed.
 */
export function renameHint(message: string, renames: typeof RENAMES = RENAMES): string | undefined {
  for (const [pattern, coordinateOf] of UNKNOWN) {
    const [, first, second = ''] = pattern.exec(message) ?? [];
    const coordinate = first === undefined ? undefined : coordinateOf(first, second);
    if (coordinate !== undefined && Object.hasOwn(renames, coordinate))
      return `It is now ${renames[coordinate]!.write}`;
  }
  return undefined;
}
