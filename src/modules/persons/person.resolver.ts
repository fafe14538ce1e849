import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { RequireScope, Scope } from '../../graphql/access';
import { byKey, Pager, type ListSource } from '../../graphql/pager';
import type { ApiContext } from '../../graphql/context';
import { GoesOnWhenFull } from '../../graphql/room';
import { badInput } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import { OLDEST_FIRST, type Placed } from '../../records/page';
import type { PersonChanges, PersonOrderField, PersonRecord } from '../../records/person';
import { assertMetadata, personFilterOf } from './person-filter.inputs';
import { CreatePersonInput, DeletePersonsInput, PersonsArgs, UpdatePersonInput } from './person.inputs';
import { PersonService } from './person.service';
import { Person, PersonConnection } from './person.types';

@ObjectType({ description: 'Answer of createPerson.', simpleResolvers: true })
class CreatePersonPayload {
  @Field(() => Person, { description: 'The new person.' })
  person!: Person;
}

@ObjectType({ description: 'Answer of updatePerson.', simpleResolvers: true })
class UpdatePersonPayload {
  @Field(() => Person, { description: 'The person as they are now.' })
  person!: Person;

  @Field(() => ID, { nullable: true, description: 'What `undo` takes; null when nothing changed.' })
  operationId!: string | null;
}

@ObjectType({ description: 'Answer of deletePersons.', simpleResolvers: true })
class DeletePersonsPayload {
  @Field(() => [ID], { description: 'Those that were there and are gone.' })
  deletedPersonIds!: string[];

  @Field(() => ID, { nullable: true, description: 'The job that removes their images; null when there were none.' })
  jobId!: string | null;
}

@Resolver(() => Person)
export class PersonResolver {
  constructor(
    private readonly service: PersonService,
    private readonly pager: Pager,
  ) {}

  @RequireScope('READ')
  @Query(() => PersonConnection, {
    description: 'Persons of a collection, the oldest first unless `orderBy` says otherwise.',
  })
  async persons(@Scope() scope: TenantScope, @Args(() => PersonsArgs) args: PersonsArgs) {
    const filter = personFilterOf(args.filter);
    const list: ListSource<Placed<PersonRecord>, PersonOrderField> = {
      owner: scope,
      name: 'persons',
      order: args.orderBy ?? OLDEST_FIRST,
      rows: (page) => this.service.list(scope, args.collectionId, filter, page),
      count: (atMost) => this.service.count(scope, args.collectionId, filter, atMost),
      position: byKey,
      startOf: (text) => this.service.placeOf(scope, list.order, text),
    };
    return this.pager.connection(args, list, (row) => row);
  }

  @RequireScope('READ')
  @Query(() => Person, { nullable: true, description: 'One person; null when there is none of that id.' })
  person(@Scope() scope: TenantScope, @Arg('id', () => ID, { description: 'The person.' }) id: string) {
    return this.service.find(scope, id);
  }

  @RequireScope('WRITE')
  @Mutation(() => CreatePersonPayload, { description: 'Makes a person known, without a face yet.' })
  async createPerson(
    @Scope() scope: TenantScope,
    @Arg('input', () => CreatePersonInput, { description: 'Who they are.' }) input: CreatePersonInput,
  ): Promise<CreatePersonPayload> {
    assertMetadata(input.metadata, 'input.metadata');
    const person = await this.service.create(scope, {
      ...input,
      externalId: input.externalId ?? null,
      metadata: input.metadata ?? {},
      aliases: input.aliases ?? [],
    });
    return { person };
  }

  @RequireScope('WRITE')
  @Mutation(() => UpdatePersonPayload, { description: 'Changes a person’s name, aliases, external id or metadata.' })
  async updatePerson(
    @Scope() scope: TenantScope,
    @Ctx() context: ApiContext,
    @Arg('input', () => UpdatePersonInput, { description: 'Whom, and what changes.' }) input: UpdatePersonInput,
  ): Promise<UpdatePersonPayload> {
    const { id, ...given } = input;
    const changes: PersonChanges = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    if (changes.displayName === null) throw badInput({ path: 'input.displayName', rule: 'cannot be null' });
    if (changes.metadata === null) throw badInput({ path: 'input.metadata', rule: 'cannot be null: send {}' });
    assertMetadata(input.metadata, 'input.metadata');
    if (changes.aliases === null) throw badInput({ path: 'input.aliases', rule: 'cannot be null: send []' });
    return this.service.update(scope, id, changes, context.requestId);
  }

  @RequireScope('WRITE')
  @GoesOnWhenFull()
  @Mutation(() => DeletePersonsPayload, {
    description: 'Deletes persons with their faces and images: no search answers with them from then on.',
  })
  async deletePersons(
    @Scope() scope: TenantScope,
    @Ctx() context: ApiContext,
    @Arg('input', () => DeletePersonsInput, { description: 'Which ones.' }) input: DeletePersonsInput,
  ): Promise<DeletePersonsPayload> {
    const { deletedIds, jobId } = await this.service.delete(scope, input.personIds, {
      keepFaces: input.keepFaces,
      requestId: context.requestId,
    });
    return { deletedPersonIds: deletedIds, jobId };
  }

  @FieldResolver(() => Int, { description: 'Their faces that searches can find.' })
  faceCount(@Scope() scope: TenantScope, @Ctx() context: ApiContext, @Root() person: Person): Promise<number> {
    return context.loaders.get('person.faceCount', (ids) => this.service.countFaces(scope, ids)).get(person.id);
  }
}
