import { ArrayMaxSize, ArrayMinSize, MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { badInput } from '../../domain/errors';
import { findMetadataProblem } from '../../domain/storable';
import { JSONObject } from '../../graphql/scalars';
import type { PersonFilter } from '../../records/person';

@InputType({ description: 'Which persons; all conditions must hold.' })
export class PersonFilterInput {
  @Field({
    nullable: true,
    description: 'Part of the display name, an alias or the external id, whatever its case and accents.',
  })
  @MaxLength(255)
  text?: string;

  @Field({ nullable: true, description: 'Exactly this external id.' })
  @MaxLength(255)
  externalId?: string;

  @Field(() => [String], { nullable: true, description: 'One of these external ids, 1-1000.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @MaxLength(255, { each: true })
  externalIds?: string[];

  @Field(() => JSONObject, { nullable: true, description: 'Metadata that contains this JSON object.' })
  metadata?: Record<string, unknown>;
}

/** @throws DomainError BAD_USER_INPUT (metadata); what is null or empty asks for nothing. */
export function personFilterOf(filter: PersonFilterInput | null | undefined): PersonFilter {
  const { text, externalId, externalIds, metadata } = filter ?? {};
  assertMetadata(metadata, 'filter.metadata');
  return {
    ...(text ? { text } : {}),
    ...(externalId ? { externalId } : {}),
    ...(externalIds ? { externalIds } : {}),
    ...(metadata ? { metadata } : {}),
  };
}

/** @throws DomainError BAD_USER_INPUT. */
export function assertMetadata(metadata: Record<string, unknown> | null | undefined, path: string): void {
  const rule = metadata && findMetadataProblem(metadata);
  if (rule) throw badInput({ path, rule });
}
