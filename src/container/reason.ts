import { ConfigError } from '../config';
import { DomainError } from '../domain/errors';
import { printableLines } from './printable';

/** Why a command failed, for the person at the terminal: a sentence where it was foreseen, else where it happened. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return printableLines(String(error));
  const isForeseen = error instanceof ConfigError || error instanceof DomainError;
  return printableLines(isForeseen ? error.message : (error.stack ?? error.message));
}
