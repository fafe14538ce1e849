import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { ApiContext } from '../../graphql/context';
import type { TenantScope } from '../../domain/tenant-scope';
import { apiKeyIdOf, RequireScope, Scope, scopesOf } from '../../graphql/access';
import { Charges } from '../../graphql/charges';
import { TakesFiles } from '../../graphql/room';
import { DateTime, JSONObject } from '../../graphql/scalars';
import type { UploadRecord } from '../../records/upload';
import { CreateUploadsInput } from './image.inputs';
import { UploadService } from './upload.service';

@ObjectType({
  description: 'A place to send one file to: PUT its bytes to `url` with `headers`.',
  simpleResolvers: true,
})
export class Upload {
  @Field(() => ID, { description: 'Name it as `uploadId` once the bytes have been sent.' })
  id!: string;

  @Field({ description: 'Signed address for one PUT. Whoever has it may send the file: keep it to yourself.' })
  url!: string;

  @Field(() => JSONObject, { description: 'Headers to send along.' })
  headers!: Record<string, string>;

  @Field(() => DateTime, { description: 'Until when it can be sent and used.' })
  expiresAt!: Date;
}

/** Signed, expiring addresses to send bytes to. */
export interface UploadAddresses {
  /** @param clientOrigin where the asking client reached this server, if that is known. @param apiKeyId the key that it is given to. */
  uploadUrl(scope: TenantScope, upload: UploadRecord, clientOrigin?: string, apiKeyId?: string): string;
}

@ObjectType({ description: 'Answer of createUploads.', simpleResolvers: true })
class CreateUploadsPayload {
  @Field(() => [Upload], { description: 'One for each file, in the order of the request.' })
  uploads!: Upload[];
}

@Resolver()
export class UploadResolver {
  constructor(
    private readonly service: UploadService,
    private readonly addresses: UploadAddresses,
  ) {}

  @RequireScope('SEARCH', 'ENROLL')
  @TakesFiles()
  @Charges((args) => ({ UPLOADS: (args['input'] as CreateUploadsInput).files.length }))
  @Mutation(() => CreateUploadsPayload, {
    description:
      'Places for files to send, 1-1000 at once. Each takes one file; unused ones are removed when they expire.',
  })
  async createUploads(
    @Scope() scope: TenantScope,
    @Ctx() context: ApiContext,
    @Arg('input', () => CreateUploadsInput, { description: 'What will be sent.' }) input: CreateUploadsInput,
  ): Promise<CreateUploadsPayload> {
    const held = scopesOf(context);
    const created = await this.service.create(scope, held, input.files, input.purpose ?? null);
    const uploads = created.map((upload) => ({
      id: upload.id,
      url: this.addresses.uploadUrl(scope, upload, context.clientOrigin, apiKeyIdOf(context)),
      headers: { 'content-type': upload.mime },
      expiresAt: upload.expiresAt,
    }));
    return { uploads };
  }
}
