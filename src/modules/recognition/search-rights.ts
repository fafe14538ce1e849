import { DomainError } from '../../domain/errors';
import type { SearchCommand } from './search-shapes';

/** Persons a probe for who may not read the gallery. */
const MAX_LIMIT_WITHOUT_READ = 10;

/** @throws DomainError FORBIDDEN for what walks through a gallery. */
export function assertAskable({ faceId, personId, filter, limit }: SearchCommand): void {
  if (faceId !== undefined && faceId !== null) throw readNeeded('faceId', 'A search by a stored face');
  if (personId !== undefined && personId !== null) throw readNeeded('personId', 'A search by a stored person');
  if (filter) throw readNeeded('filter', 'A filter');
  if (limit > MAX_LIMIT_WITHOUT_READ) throw readNeeded('limit', `A limit above ${MAX_LIMIT_WITHOUT_READ}`);
}

/**
 * @throws DomainError FORBIDDEN for a threshold that is lower than the one that holds unless another is asked for, or that
 * is not a whole number: what passes and what does not would tell the fine similarity that such a key is not told.
 */
export function assertNotBelow(own: number, requested: number | null | undefined): void {
  if (requested === null || requested === undefined || requested === own) return;
  if (requested < own) throw readNeeded('threshold', 'A threshold below the collections’ own');
  if (!Number.isInteger(requested)) throw readNeeded('threshold', 'A threshold that is not a whole number');
}

function readNeeded(field: string, what: string): DomainError {
  return new DomainError('FORBIDDEN', `${what} needs the scope READ. Leave it out, or use a key that has it.`, {
    details: { field, scopes: ['READ'] },
  });
}
