import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { AUDIT_PARTIES, type AuditParty } from '../../domain/audit';
import { createConnection } from '../../graphql/connection';
import { DateTime, JSONObject } from '../../graphql/scalars';

export const AuditPartyEnum = Object.fromEntries(AUDIT_PARTIES.map((one) => [one, one]));
registerEnumType(AuditPartyEnum, {
  name: 'AuditParty',
  description: 'What kind of caller did it.',
  valuesConfig: {
    KEY: { description: 'An API key of the tenant.' },
    OPERATOR: { description: 'Whoever runs the server, with the operator key.' },
    ADDRESS: { description: 'Whoever held a signed address of an image.' },
    JOB: { description: 'Work that a request left behind; `subjectIds` holds its job.' },
  },
});

@ObjectType({
  description:
    'A row of the audit: what was done, when, by whom, and what proves it. Never a face, a name or a vector.',
  simpleResolvers: true,
})
export class AuditEntry {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field({
    description: 'Its number in the tenant’s audit, 1, 2, 3 ..., as a text: it may be larger than a Float holds.',
  })
  seq!: string;

  @Field({
    description: 'Whether what it said was erased: a later row of the operation `eraseAudit` names its number.',
  })
  isErased!: boolean;

  @Field(() => DateTime, { description: 'When it was done; of a search, when it ended.' })
  at!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Of a search: when it began.' })
  startedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What was done: the operation of the API, `readImages`, `readFaceCrops`, `job`, `eraseAudit`, `expireAudit`. Null: erased.',
  })
  operation!: string | null;

  @Field(() => AuditPartyEnum, { nullable: true, description: 'What kind of caller did it. Null: erased.' })
  by!: AuditParty | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The key; of an address, the key that it was given to. Null: none, or erased.',
  })
  apiKeyId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Whom the client said it acts for, by its header `x-actor`. Null: it did not, or erased.',
  })
  actor!: string | null;

  @Field(() => String, { nullable: true, description: 'Network address that it came from. Null: none, or erased.' })
  address!: string | null;

  @Field(() => String, { nullable: true, description: 'The request, as logs name it. Null: none, or erased.' })
  requestId!: string | null;

  @Field(() => [ID], { description: 'Of a search: the reference database. Else the collections that it was about.' })
  collectionIds!: readonly string[];

  @Field(() => [ID], {
    description:
      'What was changed, matched, asked about or shown: persons, faces, images, uploads, jobs, keys; the first 100.',
  })
  subjectIds!: readonly string[];

  @Field(() => Int, { description: 'How many these were.' })
  subjectCount!: number;

  @Field(() => [String], {
    description: 'Of a search: HMACs of the images that were sent in. `npm run audit -- digest` makes one of a file.',
  })
  probes!: readonly string[];

  @Field(() => Int, { nullable: true, description: 'Of a search: how many matches were answered.' })
  results!: number | null;

  @Field(() => JSONObject, { description: 'What else there is to know, such as the events that a change wrote.' })
  details!: Readonly<Record<string, unknown>>;

  @Field({ description: 'SHA-256(salt || content), hexadecimal.' })
  commitment!: string;

  @Field({ description: 'SHA-256(chain of the row before || seq || commitment), hexadecimal.' })
  chain!: string;

  @Field(() => String, { nullable: true, description: '32 random bytes, hexadecimal. Null: erased.' })
  salt!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the other fields were read from, as it was hashed. Null: erased.',
  })
  content!: string | null;
}

export const AuditEntryConnection = createConnection(AuditEntry, 'AuditEntryConnection');

@ObjectType({
  description:
    'How far the audit has come, signed with Ed25519. Keep it elsewhere: rows that are changed or cut off later do not fit it any more.',
  simpleResolvers: true,
})
export class AuditCheckpoint {
  @Field(() => Int, { description: 'Of this form: 1.' })
  version!: number;

  @Field(() => ID, { description: 'Whose audit.' })
  tenantId!: string;

  @Field({ description: 'Number of the newest row; 0: none yet.' })
  seq!: string;

  @Field({ description: 'Chain of that row, hexadecimal.' })
  chain!: string;

  @Field({ description: 'When, ISO 8601, as it was signed.' })
  at!: string;

  @Field({ description: 'SHA-256 of the public key, hexadecimal: the same from one checkpoint to the next.' })
  keyId!: string;

  @Field({ description: 'The public key: SPKI, DER, base64.' })
  publicKey!: string;

  @Field({ description: 'Ed25519, base64, over five lines: likeness-audit-checkpoint-1, tenantId, seq, chain, at.' })
  signature!: string;
}

@ObjectType({ description: 'Answer of confirmMatch.', simpleResolvers: true })
export class ConfirmMatchPayload {
  @Field(() => ID, { description: 'The row of the audit that tells of it.' })
  confirmationId!: string;
}
