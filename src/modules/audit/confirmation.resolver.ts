import { Arg, Mutation, Resolver } from 'type-graphql';
import type { TenantScope } from '../../domain/tenant-scope';
import { Caller, RequireScope, Scope } from '../../graphql/access';
import { Cost } from '../../graphql/limits';
import type { Principal } from '../../graphql/principal';
import { ConfirmMatchInput } from './audit.inputs';
import { ConfirmMatchPayload } from './audit.types';
import type { ConfirmationService } from './confirmation.service';

@Resolver()
export class ConfirmationResolver {
  constructor(private readonly service: Pick<ConfirmationService, 'confirm'>) {}

  @Cost(20)
  @RequireScope('SEARCH')
  @Mutation(() => ConfirmMatchPayload, {
    description:
      'Somebody has looked: the match is right. Stands in the audit, with who searched and who confirmed. Where the tenant wants it so, another key has to say it than the one that searched.',
  })
  async confirmMatch(
    @Scope() scope: TenantScope,
    @Caller() caller: Principal,
    @Arg('input', () => ConfirmMatchInput, { description: 'Which match.' }) { searchId, personId }: ConfirmMatchInput,
  ): Promise<ConfirmMatchPayload> {
    if (caller.kind !== 'tenant') throw new Error('A tenant’s field was called by the operator');
    return { confirmationId: await this.service.confirm(scope, caller.apiKeyId, searchId, personId) };
  }
}
