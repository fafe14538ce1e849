import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import { apiKeyIdOf, Caller, RequireScope, Scope } from '../../graphql/access';
import { Charges } from '../../graphql/charges';
import type { ApiContext } from '../../graphql/context';
import type { Principal } from '../../graphql/principal';
import { TakesFiles } from '../../graphql/room';
import { DomainError } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import { presentJob } from '../jobs/job.presenter';
import { Job } from '../jobs/job.types';
import type { OnKnownElsewhere } from './enrollment-shapes';
import { EnrollFacesInput } from './enrollment.inputs';
import { EnrollmentService } from './enrollment.service';

@ObjectType({ description: 'Answer of enrollFaces.', simpleResolvers: true })
class EnrollFacesPayload {
  @Field(() => Job, { description: 'The job that enrols them; follow it with jobUpdated.' })
  job!: Job;
}

@Resolver()
export class EnrollmentResolver {
  constructor(private readonly service: EnrollmentService) {}

  @RequireScope('ENROLL')
  @TakesFiles()
  // Faces are counted as they are recorded; a job is not accepted while there is a debt.
  @Charges({ FACES: 1 })
  @Mutation(() => EnrollFacesPayload, {
    description: 'Enrols the faces of images. Answers at once with a job; every image ends with its own outcome.',
  })
  async enrollFaces(
    @Scope() scope: TenantScope,
    @Caller() caller: Principal,
    @Ctx() context: ApiContext,
    @Arg('input', () => EnrollFacesInput, { description: 'Which images, into which collection.' })
    input: EnrollFacesInput,
  ): Promise<EnrollFacesPayload> {
    assertMayAsk(caller, input.onKnownElsewhere ?? 'ALLOW');
    const job = await this.service.enroll(scope, input, context.requestId, apiKeyIdOf(context) ?? null);
    return { job: presentJob(job) };
  }
}

/** @throws DomainError FORBIDDEN: how an item ends tells whose a face is. */
function assertMayAsk(caller: Principal, choice: OnKnownElsewhere): void {
  const scopes = ['READ', 'SEARCH'] as const;
  if (choice === 'ALLOW' || (caller.kind === 'tenant' && scopes.every((scope) => caller.scopes.has(scope)))) return;
  const details = { field: 'input.onKnownElsewhere', scopes };
  throw new DomainError(
    'FORBIDDEN',
    `onKnownElsewhere: ${choice} looks whose the face is, and needs the scopes READ and SEARCH, too. Leave it out, or use a key that has them.`,
    {
      details,
    },
  );
}
