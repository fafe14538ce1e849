import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { createConnection } from '../../graphql/connection';
import { Node } from '../../graphql/node';
import { DateTime } from '../../graphql/scalars';
import { API_KEY_SCOPES, type ApiKeyScope } from '../../domain/scopes';

export const ApiKeyScopeEnum = Object.fromEntries(API_KEY_SCOPES.map((one) => [one, one]));
registerEnumType(ApiKeyScopeEnum, {
  name: 'ApiKeyScope',
  description:
    'What an API key may do. None includes another. What a key may call it is answered with as far as its scopes see: a field that they do not is refused with FORBIDDEN before anything is done.',
  valuesConfig: {
    READ: {
      description:
        'Read collections, persons, faces, images, jobs and events, in the answers of searches and changes, too.',
    },
    SEARCH: {
      description:
        'Detect, compare, verify and search faces. Of a match it sees the person’s id, name and external id and the similarity.',
    },
    SEARCH_DETAILS: { description: 'See the metadata of a match and the crop of its best face, beside SEARCH.' },
    ENROLL: { description: 'Upload images, enrol faces, cancel and retry jobs. Of a job it sees all but the items.' },
    WRITE: { description: 'Make, change and delete collections, persons and faces. It sees ids in the answers.' },
    ADMIN: { description: 'List API keys; make, rotate and revoke those that may do no more than the key itself.' },
    AUDIT: { description: 'Read the audit: who did and searched what, when and from where; and its checkpoints.' },
  },
});

@ObjectType({
  implements: Node,
  description: 'A key to this API. Its text is shown once, when it is made.',
  simpleResolvers: true,
})
export class ApiKey {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field({ description: 'The public part of its text: lk_live_<keyId>_... or lk_test_<keyId>_...' })
  keyId!: string;

  @Field({ description: 'What it is for.' })
  name!: string;

  @Field(() => [ApiKeyScopeEnum], { description: 'What it may do.' })
  scopes!: readonly ApiKeyScope[];

  @Field({ description: 'Whether it is for tests and demonstrations, lk_test_; a test key makes test keys only.' })
  isTest!: boolean;

  @Field(() => [ID], {
    nullable: true,
    description:
      'The collections that it is bound to; null: it sees the whole tenant. What it is bound to does not change.',
  })
  collectionIds!: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: 'Networks that it works from; null: from everywhere.' })
  allowedNetworks!: readonly string[] | null;

  @Field(() => DateTime, { nullable: true, description: 'When it stops working; null: never.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was last used, give or take 10 seconds.' })
  lastUsedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked; null: it was not.' })
  revokedAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;
}

export const ApiKeyConnection = createConnection(ApiKey, 'ApiKeyConnection');

@ObjectType({ description: 'A new key.', simpleResolvers: true })
export class CreateApiKeyPayload {
  @Field(() => ApiKey, { description: 'The key.' })
  apiKey!: ApiKey;

  @Field({ description: 'Its whole text. Keep it now: it is not stored and is never shown again.' })
  secret!: string;
}

@ObjectType({ description: 'The key that takes over.', simpleResolvers: true })
export class RotateApiKeyPayload {
  @Field(() => ApiKey, { description: 'The new key; the old one works until its grace has passed.' })
  apiKey!: ApiKey;

  @Field({ description: 'The new key’s whole text. Keep it now: it is not stored and is never shown again.' })
  secret!: string;
}

@ObjectType({ description: 'A key that no longer works.', simpleResolvers: true })
export class RevokeApiKeyPayload {
  @Field(() => ApiKey, { description: 'The key.' })
  apiKey!: ApiKey;
}
