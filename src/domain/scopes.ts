/** What an API key may do. Scopes are independent: none includes another. */
export const API_KEY_SCOPES = ['READ', 'SEARCH', 'ENROLL', 'WRITE', 'ADMIN'] as const;

export type ApiKeyScope = (typeof API_KEY_SCOPES)[number];

export function isApiKeyScope(value: string): value is ApiKeyScope {
  return (API_KEY_SCOPES as readonly string[]).includes(value);
}

/** Those of `wanted` that are not in `held`. A key may only make keys for which this is empty. */
export function scopesBeyond(wanted: Iterable<ApiKeyScope>, held: ReadonlySet<ApiKeyScope>): ApiKeyScope[] {
  return [...new Set(wanted)].filter((scope) => !held.has(scope));
}
