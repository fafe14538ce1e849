/** Where in the page one is: the part of the address after `#`. */
export interface Place {
  readonly screen: Screen;
  readonly id: string;
  readonly query: Readonly<Record<string, string>>;
}

export const SCREENS = [
  'overview',
  'collections',
  'people',
  'person',
  'add',
  'search',
  'unnamed',
  'image',
  'jobs',
  'keys',
  'audit',
  'usage',
  'galleries',
  'tenants',
] as const;
export type Screen = (typeof SCREENS)[number];

/** `#/people/<id>?text=ann`; whatever is unknown is the overview. */
export function placeOf(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name = '', id = ''] = path.split('/');
  const screen = SCREENS.find((one) => one === name) ?? 'overview';
  return { screen, id: decode(id), query: Object.fromEntries(new URLSearchParams(search)) };
}

/** The address of a place, for a link. */
export function hrefOf(screen: Screen, id = '', query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = new URLSearchParams(given).toString();
  return `#/${screen}${id ? `/${encodeURIComponent(id)}` : ''}${search ? `?${search}` : ''}`;
}

/** The one-use code that an address may bring: `#code=...`. */
export function codeOf(hash: string): string | undefined {
  return /^#code=([\w-]{20,100})$/.exec(hash)?.[1];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
