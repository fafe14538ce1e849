import { Args, Query, Resolver } from 'type-graphql';
import type { TenantScope } from '../../domain/tenant-scope';
import { OfWholeTenant, RequireScope, Scope } from '../../graphql/access';
import type { Connection } from '../../graphql/connection';
import { Cost } from '../../graphql/limits';
import { Pager, type ListSource } from '../../graphql/pager';
import { contentOf, type AuditFilter, type AuditRecord } from '../../records/audit';
import { OLDEST_FIRST } from '../../records/page';
import { AuditLogArgs, type AuditEntryFilterInput } from './audit.inputs';
import { AuditService } from './audit.service';
import { AuditCheckpoint, AuditEntry, AuditEntryConnection } from './audit.types';

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A UUIDv7 begins with its time, in milliseconds. */
const timeOf = (id: string): Date => new Date(Number.parseInt(id.replace('-', '').slice(0, 12), 16));

function presentEntry(row: AuditRecord): AuditEntry {
  const content = contentOf(row);
  return {
    id: row.id,
    seq: row.seq.toString(),
    isErased: content === null,
    at: content ? new Date(content.at) : timeOf(row.id),
    startedAt: content?.startedAt ? new Date(content.startedAt) : null,
    operation: content?.operation ?? null,
    by: content?.by ?? null,
    apiKeyId: content?.apiKeyId ?? null,
    actor: content?.actor ?? null,
    address: content?.address ?? null,
    requestId: content?.requestId ?? null,
    collectionIds: content?.collectionIds ?? [],
    subjectIds: content?.subjectIds ?? [],
    subjectCount: content?.subjectCount ?? 0,
    probes: content?.probes ?? [],
    results: content?.results ?? null,
    details: content?.details ?? {},
    commitment: hexOf(row.commitment),
    chain: hexOf(row.chain),
    salt: row.salt && hexOf(row.salt),
    content: row.content,
  };
}

/** Conditions that are given; an input object has its others as undefined. */
function filterOf(input: AuditEntryFilterInput | null | undefined): AuditFilter {
  return Object.fromEntries(Object.entries(input ?? {}).filter(([, value]) => value !== undefined && value !== null));
}

@Resolver()
export class AuditResolver {
  constructor(
    private readonly service: AuditService,
    private readonly pager: Pager,
  ) {}

  @RequireScope('AUDIT')
  @OfWholeTenant()
  @Query(() => AuditEntryConnection, {
    description:
      'The tenant’s audit, the oldest first unless `orderBy` says otherwise: changes, searches, images that were shown, and what the operator did with the tenant. A row stands in it a second after it was written.',
  })
  async auditLog(
    @Scope() scope: TenantScope,
    @Args(() => AuditLogArgs) args: AuditLogArgs,
  ): Promise<Connection<AuditEntry>> {
    const filter = filterOf(args.filter);
    const list: ListSource<AuditRecord, 'CREATED_AT'> = {
      owner: scope,
      name: 'auditLog',
      order: args.orderBy ?? OLDEST_FIRST,
      rows: (page) => this.service.list(scope, filter, page),
      count: (atMost) => this.service.count(scope, filter, atMost),
      position: ({ seq }) => ({ id: seq.toString() }),
    };
    return this.pager.connection(args, list, presentEntry);
  }

  @Cost(20)
  @RequireScope('AUDIT')
  @OfWholeTenant()
  @Query(() => AuditCheckpoint, {
    description: 'How far the audit has come now, signed. Keep it where nobody who can write the database can.',
  })
  auditCheckpoint(@Scope() scope: TenantScope): Promise<AuditCheckpoint> {
    return this.service.checkpoint(scope);
  }
}
