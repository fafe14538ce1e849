import {
  getDirectiveValues,
  getNamedType,
  getVariableValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { DomainError } from '../domain/errors';
import type { ApiKeyScope } from '../domain/scopes';
import { ACCESS_EXTENSION, type Access } from './access';
import type { Principal } from './principal';

/** Which scopes let a key see a field; ANYONE: whoever has come as far as its object. */
type Viewers = 'ANYONE' | readonly ApiKeyScope[];

/**
 * What keys without the scope READ see of an answer. READ sees all but keys and the audit. A type that is not named here is for READ alone,
 * so that what is added leaks to nobody; `ALL` stands for the type's other fields.
 *
 * A scope counts only below the operations that it opens: SEARCH lets a key see the names in the answer of a search, not in the
 * answer of updatePerson, which a key with SEARCH and WRITE may call, too.
 */
const VISIBLE_WITHOUT_READ: Readonly<Record<string, Readonly<Record<string, Viewers>>>> = {
  Person: {
    id: ['SEARCH', 'WRITE'],
    displayName: ['SEARCH'],
    externalId: ['SEARCH'],
    metadata: ['SEARCH_DETAILS'],
  },
  Face: { id: ['SEARCH_DETAILS', 'WRITE'], cropUrl: ['SEARCH_DETAILS'], person: ['WRITE'] },
  Collection: { id: ['WRITE'] },
  Operation: { id: ['WRITE'], kind: ['WRITE'] },
  CurationWarning: { code: ['WRITE'], message: ['WRITE'] },
  SkippedChange: { ALL: ['WRITE'] },
  Job: { ALL: ['ENROLL'], items: [] },
  JobProgress: { ALL: 'ANYONE' },
  OutcomeError: { ALL: 'ANYONE' },

  SearchFacesPayload: { ALL: ['SEARCH'] },
  SearchProbe: { ALL: ['SEARCH'] },
  SearchTimings: { ALL: ['SEARCH'] },
  PersonMatch: { person: ['SEARCH'], similarity: ['SEARCH'], face: ['SEARCH_DETAILS'] },
  VerifyPersonPayload: { ALL: ['SEARCH'], distance: [], face: ['SEARCH_DETAILS'], supportingFaces: [] },
  DetectFacesPayload: { ALL: ['SEARCH'] },
  ClassifyImagePayload: { ALL: ['SEARCH'] },
  ClassificationTimings: { ALL: ['SEARCH'] },
  ImageLabel: { ALL: ['SEARCH'] },
  CompareFacesPayload: { ALL: ['SEARCH'] },
  ComparedFace: { ALL: ['SEARCH'] },
  DetectedFace: { ALL: ['SEARCH'] },
  RecognizeCelebritiesPayload: { ALL: ['SEARCH'] },
  CelebrityFace: { ALL: ['SEARCH'] },
  UnrecognizedFace: { ALL: ['SEARCH'] },
  GrantedGallery: { ALL: ['SEARCH', 'ADMIN'] },
  GrantedGalleryConnection: { ALL: ['SEARCH', 'ADMIN'] },
  GrantedGalleryEdge: { ALL: ['SEARCH', 'ADMIN'] },
  Gallery: { ALL: ['ADMIN'] },
  GalleryConnection: { ALL: ['ADMIN'] },
  GalleryEdge: { ALL: ['ADMIN'] },
  GalleryGrant: { ALL: ['ADMIN'] },
  GalleryGrantConnection: { ALL: ['ADMIN'] },
  GalleryGrantEdge: { ALL: ['ADMIN'] },
  BoundingBox: { ALL: 'ANYONE' },
  FaceQuality: { ALL: 'ANYONE' },
  Landmarks: { ALL: 'ANYONE' },
  Point: { ALL: 'ANYONE' },
  Pose: { ALL: 'ANYONE' },

  ModelPack: { ALL: 'ANYONE' },
  Classifier: { ALL: 'ANYONE' },
  OperatingPoint: { ALL: 'ANYONE' },
  Viewer: { ALL: 'ANYONE' },
  ViewerTenant: { ALL: 'ANYONE' },
  TenantLimits: { ALL: 'ANYONE' },
  Usage: { ALL: 'ANYONE' },
  UsageDay: { ALL: ['ADMIN'] },
  Upload: { ALL: ['SEARCH', 'ENROLL'] },
  PageInfo: { ALL: 'ANYONE' },
  ApiKey: { ALL: ['ADMIN'] },
  ApiKeyConnection: { ALL: ['ADMIN'] },
  ApiKeyEdge: { ALL: ['ADMIN'] },
  AuditEntry: { ALL: ['AUDIT'] },
  AuditEntryConnection: { ALL: ['AUDIT'] },
  AuditEntryEdge: { ALL: ['AUDIT'] },
  AuditCheckpoint: { ALL: ['AUDIT'] },
  // That it is there: `node` finds what the key's scopes read, and no more. All else is a field of its own type.
  Node: { id: 'ANYONE' },
};

/** Whether a mutation answers with the type: such a type only holds what is judged by itself, ids of the input, and secrets. */
function isMutationPayload(schema: GraphQLSchema, typeName: string): boolean {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  return mutations.some((field) => getNamedType(field.type).name === typeName);
}

/** Who sees a field without the scope READ. */
function viewersOf(schema: GraphQLSchema, typeName: string, fieldName: string): Viewers {
  const rule = VISIBLE_WITHOUT_READ[typeName];
  if (rule) return rule[fieldName] ?? rule['ALL'] ?? [];
  return isMutationPayload(schema, typeName) ? 'ANYONE' : [];
}

/**
 * @throws Error when a type or field of the table is none of the schema: a rule that guards nothing; or when the schema has
 * unions, or interfaces of whose fields no rule is known.
 */
export function assertVisibilityFits(schema: GraphQLSchema): void {
  const unjudged = Object.values(schema.getTypeMap()).filter(
    (type) => isUnionType(type) || (isInterfaceType(type) && !(type.name in VISIBLE_WITHOUT_READ)),
  );
  if (unjudged.length > 0) throw new Error(`Nobody judges the fields of ${unjudged.join(', ')}`);
  for (const [typeName, rule] of Object.entries(VISIBLE_WITHOUT_READ)) {
    const type = schema.getType(typeName);
    if (!hasFields(type)) throw new Error(`${typeName} is no object type of the schema`);
    const unknown = Object.keys(rule).filter((name) => name !== 'ALL' && !(name in type.getFields()));
    if (unknown.length > 0) throw new Error(`${typeName} has no field ${unknown.join(', ')}`);
  }
}

/**
 * The scopes of a key that count below an operation's root field: READ, and those that open the field, with the one that adds to
 * them. Empty: the key may not call it, which is refused where the field is resolved.
 */
function scopesBelow(access: readonly Access[], held: ReadonlySet<ApiKeyScope>): ApiKeyScope[] {
  const opening = [...held].filter((scope) => access.includes(scope));
  if (opening.length === 0) return [];
  const adding = (['READ', 'SEARCH_DETAILS'] as const).filter(
    (scope) => held.has(scope) && (scope === 'READ' || opening.includes('SEARCH')),
  );
  return [...new Set([...opening, ...adding])];
}

/** Whether a key sees a field by one of the scopes that count. */
function isVisible(viewers: Viewers, counting: readonly ApiKeyScope[]): boolean {
  return viewers === 'ANYONE' || counting.includes('READ') || viewers.some((scope) => counting.includes(scope));
}

/**
 * Judges all that an operation selects before anything of it is done. The operator's operations answer with tenants and keys
 * alone, which their root fields guard.
 *
 * @param principal null: nobody has shown a key, which is refused where a field is resolved.
 * @throws DomainError FORBIDDEN, with the first field that the key may not see and the scopes that would let it, as
 * `details.field` and `details.scopes`.
 */
export function assertVisible(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  principal: Principal | null,
): void {
  if (principal?.kind !== 'tenant') return;
  new Judge(schema, document, switchesOf(schema, operation, variables), principal.scopes).operation(operation);
}

/** The variables that a `@skip` or `@include` may ask, with their defaults. */
function switchesOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const switches = (operation.variableDefinitions ?? []).filter(({ type }) => {
    const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
    return named.kind === Kind.NAMED_TYPE && named.name.value === 'Boolean';
  });
  // Values that are no booleans are left out here, and refused before execution.
  return getVariableValues(schema, switches, variables).coerced ?? {};
}

/** What fields are selected on. */
type Parent = GraphQLObjectType | GraphQLInterfaceType;

function hasFields(type: unknown): type is Parent {
  return isObjectType(type) || isInterfaceType(type);
}

class Judge {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  /** Fragments that have been judged, by the scopes that counted: each is judged once for these, however often it is spread. */
  private readonly judged = new Set<string>();

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly switches: Record<string, unknown>,
    private readonly held: ReadonlySet<ApiKeyScope>,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    }
  }

  operation({ operation, selectionSet }: OperationDefinitionNode): void {
    const root = this.schema.getRootType(operation);
    if (root) this.selection(selectionSet, root, null);
  }

  /** @param counting the scopes that count; null at the root. */
  private selection(set: SelectionSetNode | undefined, type: Parent, counting: ApiKeyScope[] | null): void {
    for (const node of set?.selections ?? []) {
      if (this.isLeftOut(node)) continue;
      if (node.kind === Kind.FIELD) this.field(node, type, counting);
      else if (node.kind === Kind.INLINE_FRAGMENT) {
        this.selection(node.selectionSet, this.typeNamed(node.typeCondition?.name.value) ?? type, counting);
      } else this.fragment(node.name.value, counting);
    }
  }

  private fragment(name: string, counting: ApiKeyScope[] | null): void {
    const place = `${name} ${counting?.join() ?? 'root'}`;
    const definition = this.fragments.get(name);
    const type = this.typeNamed(definition?.typeCondition.name.value);
    if (!definition || !type || this.judged.has(place)) return;
    this.judged.add(place);
    this.selection(definition.selectionSet, type, counting);
  }

  private field(node: FieldNode, parent: Parent, counting: ApiKeyScope[] | null): void {
    const field = parent.getFields()[node.name.value];
    if (!field) return;
    let below = counting;
    if (below === null) {
      const access = (field.extensions[ACCESS_EXTENSION] ?? []) as readonly Access[];
      below = access.includes('ANY') ? [...this.held] : scopesBelow(access, this.held);
      if (below.length === 0) return;
    } else {
      const viewers = viewersOf(this.schema, parent.name, field.name);
      if (!isVisible(viewers, below)) throw forbidden(`${parent.name}.${field.name}`, viewers);
    }
    const type = getNamedType(field.type);
    if (hasFields(type)) this.selection(node.selectionSet, type, below);
  }

  private isLeftOut(node: SelectionNode): boolean {
    if (!node.directives?.length) return false;
    try {
      return (
        getDirectiveValues(GraphQLSkipDirective, node, this.switches)?.['if'] === true ||
        getDirectiveValues(GraphQLIncludeDirective, node, this.switches)?.['if'] === false
      );
    } catch {
      // A switch without a value: execution refuses it. Until then what it guards counts.
      return false;
    }
  }

  private typeNamed(name: string | undefined): Parent | undefined {
    const type = name === undefined ? undefined : this.schema.getType(name);
    return hasFields(type) ? type : undefined;
  }
}

function forbidden(field: string, viewers: Viewers): DomainError {
  const scopes: readonly ApiKeyScope[] = ['READ', ...(viewers === 'ANYONE' ? [] : viewers)];
  return new DomainError(
    'FORBIDDEN',
    `${field} needs the scope ${scopes.join(' or ')} here. Leave it out, or use a key that has it.`,
    { details: { field, scopes } },
  );
}
