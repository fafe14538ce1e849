import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { badInput, notFound } from '../../domain/errors';
import { findMetadataProblem } from '../../domain/storable';
import type { TenantScope } from '../../domain/tenant-scope';
import { RequireScope, Scope } from '../../graphql/access';
import type { ApiContext } from '../../graphql/context';
import type { FaceService } from '../faces/face.service';
import type { PersonService } from '../persons/person.service';
import {
  HideFacesInput,
  MergePersonsInput,
  MergePreviewArgs,
  NameFacesInput,
  NamePersonInput,
  RejectMatchInput,
  RejectMergeInput,
  SplitPersonInput,
  UndoInput,
} from './curation.inputs';
import { CurationService } from './curation.service';
import {
  HideFacesPayload,
  MergePersonsPayload,
  MergePreview,
  NameFacesPayload,
  RejectMatchPayload,
  RejectMergePayload,
  SplitPersonPayload,
  UndoPayload,
} from './curation.types';
import type { Named, NamedPerson } from './naming.store';

function namedOf({ id, create }: NamePersonInput, path: string): NamedPerson {
  if (!create) return { id: id ?? '' };
  const rule = create.metadata && findMetadataProblem(create.metadata);
  if (rule) throw badInput({ path: `${path}.create.metadata`, rule });
  const { displayName, externalId = null, metadata } = create;
  return { create: { displayName, externalId, metadata: metadata ?? {} } };
}

/** Changes of who is who. */
@Resolver()
export class CurationResolver {
  constructor(
    private readonly service: CurationService,
    private readonly persons: Pick<PersonService, 'find'>,
    private readonly faces: Pick<FaceService, 'findMany'>,
  ) {}

  @RequireScope('READ')
  @Query(() => MergePreview, { description: 'What mergePersons would do, and what is odd about it.' })
  mergePreview(
    @Scope() scope: TenantScope,
    @Args(() => MergePreviewArgs) { intoId, personIds }: MergePreviewArgs,
  ): Promise<MergePreview> {
    return this.service.previewMerge(scope, intoId, personIds);
  }

  @RequireScope('WRITE')
  @Mutation(() => MergePersonsPayload, {
    description:
      'Makes persons one: their faces become those of who stays, and their ids lead there from then on, also what is enrolled for them.',
  })
  async mergePersons(
    @Scope() scope: TenantScope,
    @Ctx() { requestId }: ApiContext,
    @Arg('input', () => MergePersonsInput, { description: 'Who.' }) input: MergePersonsInput,
  ): Promise<MergePersonsPayload> {
    const { operationId, ...merged } = await this.service.merge(scope, {
      personId: input.intoId,
      mergedIds: input.personIds,
      evenIfRejected: input.evenIfRejected,
      requestId,
    });
    const person = await this.persons.find(scope, input.intoId);
    if (!person) throw notFound('person');
    return { ...merged, person, operation: await this.service.get(scope, operationId) };
  }

  @RequireScope('WRITE')
  @Mutation(() => SplitPersonPayload, {
    description: 'Takes faces out of a person and gives them to somebody else, who may be made with it. All or none.',
  })
  async splitPerson(
    @Scope() scope: TenantScope,
    @Ctx() { requestId }: ApiContext,
    @Arg('input', () => SplitPersonInput, { description: 'Which faces, into whom.' }) input: SplitPersonInput,
  ): Promise<SplitPersonPayload> {
    const into = namedOf(input.into, 'input.into');
    const named = await this.service.split(scope, input.id, input.faceIds, into, requestId);
    return this.presentNamed(scope, input.faceIds, named);
  }

  @RequireScope('WRITE')
  @Mutation(() => NameFacesPayload, {
    description:
      'Says whose faces are, of a person on record or of one who is made with it. All or none. What was said against it, and that a face was hidden, holds no longer.',
  })
  async nameFaces(
    @Scope() scope: TenantScope,
    @Ctx() { requestId }: ApiContext,
    @Arg('input', () => NameFacesInput, { description: 'Which faces, whose.' }) input: NameFacesInput,
  ): Promise<NameFacesPayload> {
    const person = namedOf(input.person, 'input.person');
    const by = input.suggested ? 'SUGGESTION' : 'HUMAN';
    const named = await this.service.name(scope, input.faceIds, person, by, requestId);
    return this.presentNamed(scope, input.faceIds, named);
  }

  @RequireScope('WRITE')
  @Mutation(() => HideFacesPayload, {
    description:
      'Hides faces that are none, or of strangers: they are nobody’s, and nobody is asked about them again. Searches do not find what is no face.',
  })
  async hideFaces(
    @Scope() scope: TenantScope,
    @Ctx() { requestId }: ApiContext,
    @Arg('input', () => HideFacesInput, { description: 'Which faces, and why.' }) input: HideFacesInput,
  ): Promise<HideFacesPayload> {
    const operationIds = await this.service.hide(scope, input.faceIds, input.as ?? null, requestId);
    return { faces: await this.faces.findMany(scope, input.faceIds), operationIds };
  }

  @RequireScope('WRITE')
  @Mutation(() => RejectMatchPayload, {
    description:
      '“Not this person”, remembered: searches by such a face and suggestions leave the person out. Faces of theirs become nobody’s.',
  })
  async rejectMatch(
    @Scope() scope: TenantScope,
    @Ctx() { requestId }: ApiContext,
    @Arg('input', () => RejectMatchInput, { description: 'Which faces, whose they are not.' }) input: RejectMatchInput,
  ): Promise<RejectMatchPayload> {
    const operationId = await this.service.rejectMatch(scope, input.faceIds, input.personId, requestId);
    return { faces: await this.faces.findMany(scope, input.faceIds), operationId };
  }

  @RequireScope('WRITE')
  @Mutation(() => RejectMergePayload, {
    description: '“Two different people”: remembered. mergePersons refuses them unless it is told otherwise.',
  })
  async rejectMerge(
    @Scope() scope: TenantScope,
    @Ctx() { requestId }: ApiContext,
    @Arg('input', () => RejectMergeInput, { description: 'Who.' }) input: RejectMergeInput,
  ): Promise<RejectMergePayload> {
    return { operationId: await this.service.rejectMerge(scope, input.personId, input.otherId, requestId) };
  }

  @RequireScope('WRITE')
  @Mutation(() => UndoPayload, {
    description:
      'Takes an operation back, in an operation of its own: undoing that one is redo. Refused with CONFLICT and what has changed since, unless `partial`.',
  })
  async undo(
    @Scope() scope: TenantScope,
    @Ctx() { requestId }: ApiContext,
    @Arg('input', () => UndoInput, { description: 'Which one.' }) input: UndoInput,
  ): Promise<UndoPayload> {
    const { operationId, skipped } = await this.service.undo(scope, input.operationId, input.partial, requestId);
    return { operation: await this.service.get(scope, operationId), skipped };
  }

  private async presentNamed(
    scope: TenantScope,
    faceIds: readonly string[],
    { personId, operationId, warnings }: Named,
  ): Promise<NameFacesPayload> {
    const person = await this.persons.find(scope, personId);
    if (!person) throw notFound('person');
    return { person, faces: await this.faces.findMany(scope, faceIds), operationId, warnings };
  }
}
