/** What an API key may do. None includes another, but that READ sees what SEARCH_DETAILS adds to an answer. */
export const API_KEY_SCOPES = ['READ', 'SEARCH', 'SEARCH_DETAILS', 'ENROLL', 'WRITE', 'ADMIN', 'AUDIT'] as const;

export type ApiKeyScope = (typeof API_KEY_SCOPES)[number];

export function isApiKeyScope(value: string): value is ApiKeyScope {
  return (API_KEY_SCOPES as readonly string[]).includes(value);
}

/** Those of `wanted` that let a key do more than `held` does. A key may only make keys for which this is empty. */
export function scopesBeyond(wanted: Iterable<ApiKeyScope>, held: ReadonlySet<ApiKeyScope>): ApiKeyScope[] {
  const isHeld = (scope: ApiKeyScope): boolean => held.has(scope) || (scope === 'SEARCH_DETAILS' && held.has('READ'));
  return [...new Set(wanted)].filter((scope) => !isHeld(scope));
}
