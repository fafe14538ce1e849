import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { ApiContext } from '../../graphql/context';
import type { TenantScope } from '../../domain/tenant-scope';
import { apiKeyIdOf, RequireScope, Scope, scopesOf } from '../../graphql/access';
import { Charges } from '../../graphql/charges';
import { TakesFiles } from '../../graphql/room';
import { DateTime, JSONObject } from '../../graphql/scalars';
import type { UploadRecord } from '../../records/upload';
import { countUse } from '../rates/bill';
import { CreateUploadsInput } from './image.inputs';
import type { DirectUploadService } from './direct-upload.service';
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
  headers!: Readonly<Record<string, string>>;

  @Field(() => DateTime, { description: 'Until when it can be used, and sent where `urlExpiresAt` is no sooner.' })
  expiresAt!: Date;

  @Field(() => DateTime, {
    description: 'Until when a PUT to `url` may begin: five minutes where it is an address of the image store itself.',
  })
  urlExpiresAt!: Date;
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
    private readonly direct: Pick<DirectUploadService, 'addressOf'>,
  ) {}

  @RequireScope('SEARCH', 'ENROLL')
  @TakesFiles()
  @Charges((args, { sendsDirectly }) => {
    const { files } = args['input'] as CreateUploadsInput;
    const direct = sendsDirectly ? files.filter(({ sha256 }) => sha256) : [];
    return { UPLOADS: files.length, BYTES: direct.reduce((sum, { bytes }) => sum + bytes, 0) };
  })
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
    const created = await this.service.create(
      scope,
      held,
      input.files,
      input.purpose ?? null,
      apiKeyIdOf(context) ?? null,
    );
    const uploads = await Promise.all(
      created.map(async (upload) => {
        const direct = await this.direct.addressOf(scope, upload);
        if (direct) countUse('BYTES', upload.bytes);
        return {
          id: upload.id,
          url: direct?.url ?? this.addresses.uploadUrl(scope, upload, context.clientOrigin, apiKeyIdOf(context)),
          headers: direct?.headers ?? { 'content-type': upload.mime },
          expiresAt: upload.expiresAt,
          urlExpiresAt: direct?.expiresAt ?? upload.expiresAt,
        };
      }),
    );
    return { uploads };
  }
}
