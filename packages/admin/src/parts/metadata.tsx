import type { ReactElement } from 'react';

/** What else is kept of a person: the first of it. */
export function Metadata({ metadata }: { readonly metadata: Readonly<Record<string, unknown>> }): ReactElement | null {
  const entries = Object.entries(metadata);
  if (entries.length === 0) return null;
  return (
    <dl className="metadata">
      {entries.slice(0, 12).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
