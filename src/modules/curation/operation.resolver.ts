import { Arg, Args, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { TenantScope } from '../../domain/tenant-scope';
import { RequireScope, Scope } from '../../graphql/access';
import { Cost } from '../../graphql/limits';
import { byId, Pager, type ListSource } from '../../graphql/pager';
import type { OperationOrderField, OperationRecord } from '../../records/operation';
import { OperationsArgs } from './curation.inputs';
import { CurationService } from './curation.service';
import { NEWEST_FIRST } from './operation.store';
import { Operation, OperationChange, OperationConnection } from './operation.types';

/** Changes that an operation shows. */
const MAX_CHANGES = 1_000;

@Resolver(() => Operation)
export class OperationResolver {
  constructor(
    private readonly service: CurationService,
    private readonly pager: Pager,
  ) {}

  @RequireScope('READ')
  @Query(() => OperationConnection, {
    description: 'What was done to who is who in a collection, the newest first unless `orderBy` says otherwise.',
  })
  async operations(@Scope() scope: TenantScope, @Args(() => OperationsArgs) args: OperationsArgs) {
    const { collectionId, filter, orderBy } = args;
    const { personId } = filter ?? {};
    const which = personId ? { personId } : {};
    const list: ListSource<OperationRecord, OperationOrderField> = {
      owner: scope,
      name: 'operations',
      order: orderBy ?? NEWEST_FIRST,
      rows: (page) => this.service.list(scope, collectionId, which, page),
      count: (atMost) => this.service.count(scope, collectionId, which, atMost),
      position: byId,
    };
    return this.pager.connection(args, list, (row) => row);
  }

  @RequireScope('READ')
  @Query(() => Operation, { nullable: true, description: 'One operation; null when there is none of that id.' })
  operation(@Scope() scope: TenantScope, @Arg('id', () => ID, { description: 'The operation.' }) id: string) {
    return this.service.find(scope, id);
  }

  @Cost(20)
  @FieldResolver(() => [OperationChange], {
    description: 'What it changed, at most 1,000 values. What was said of persons who were deleted is gone.',
  })
  async changes(@Scope() scope: TenantScope, @Root() operation: Operation): Promise<OperationChange[]> {
    const changes = await this.service.listChanges(scope, operation.id, MAX_CHANGES);
    return changes.map(({ before, after, ...place }) => ({
      ...place,
      before: { value: before },
      after: { value: after },
    }));
  }
}
