/** What a hostile caller sends: each kind is the worst of its sort that fits into the largest body that was ever taken. */
export interface Bomb {
  readonly name: string;
  readonly over: 'http' | 'socket';
  /** `keyed`: with the key of a tenant; `stranger`: with none. */
  readonly from: 'keyed' | 'stranger';
  /** The body, or the messages that follow ConnectionInit. */
  readonly bytes: () => Buffer;
}

const BODY_BYTES = 11_900_000;
const ID = '01890000-0000-7000-8000-000000000000';

/** `open`, as many of `part` (comma-separated) as fit, `close`. */
function filled(open: string, part: (index: number) => string, close: string, most = Infinity): Buffer {
  const parts: string[] = [];
  let room = BODY_BYTES - open.length - close.length;
  for (let i = 0; i < most; i++) {
    const next = part(i);
    room -= next.length + 1;
    if (room < 0) break;
    parts.push(next);
  }
  return Buffer.from(`${open}${parts.join(',')}${close}`);
}

/** A request without its end, so that variables may follow. */
const head = (query: string): string => `{"query":${JSON.stringify(query)},"variables":`;

const PERSONS = head(
  `query ($filter: PersonFilterInput) { persons(collectionId: "${ID}", filter: $filter) { nodes { id } } }`,
);
const ENROL = head('mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }');
const ASSIGN = head('mutation ($input: AssignFacesInput!) { assignFaces(input: $input) { faces { id } } }');
const UPLOADS = head(
  'mutation ($files: [UploadFileInput!]!) { createUploads(input: { files: $files }) { uploads { id } } }',
);

const nested = (): Buffer => {
  const levels = Math.floor((BODY_BYTES - PERSONS.length - 40) / 2);
  return Buffer.from(`${PERSONS}{"filter":{"metadata":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}}}`);
};

/** Fields of one name in one selection, which a careless validation compares pair by pair. */
const equalFields = (): Buffer =>
  Buffer.from(JSON.stringify({ query: `{ ${'viewer{keyName}'.repeat(480)} }`, variables: {} }));

/** Each of them compares all fields of the next. */
const overlappingFragments = (): Buffer => {
  const fragments = Array.from({ length: 60 }, (_, i) =>
    i < 59
      ? `fragment F${i} on Viewer { keyName ...F${i + 1} ...F${i + 1} tenant { id } }`
      : `fragment F${i} on Viewer { keyName }`,
  );
  return Buffer.from(JSON.stringify({ query: `{ viewer { ...F0 ...F0 } } ${fragments.join(' ')}` }));
};

const BODIES: Readonly<Record<string, () => Buffer>> = {
  'empty lists': () => filled(`${PERSONS}{"filter":{"metadata":{"a":[`, () => '[]', ']}}}}'),
  'wide metadata': () => filled(`${PERSONS}{"filter":{"metadata":{`, (i) => `"k${i}":0`, '}}}}'),
  'deep metadata': nested,
  'long string': () => Buffer.from(`${PERSONS}{"filter":{"text":"${'\\u00e9'.repeat(BODY_BYTES / 6 - 60)}"}}}`),
  'unknown variables': () => filled(`${PERSONS}{`, (i) => `"v${i}":{}`, '}}'),
  'long list of ids': () => filled(`${ASSIGN}{"input":{"personId":"${ID}","faceIds":[`, () => '"a"', ']}}}'),
  '250,000 items': () =>
    filled(
      `${ENROL}{"input":{"collectionId":"${ID}","items":[`,
      () => '{"image":{"url":"https://a/"}}',
      ']}}}',
      250_000,
    ),
  '10,000 items': () =>
    filled(
      `${ENROL}{"input":{"collectionId":"${ID}","items":[`,
      (i) => `{"image":{"uploadId":"${ID}"},"person":{"create":{"displayName":"${i}","metadata":{"a":${i}}}}}`,
      ']}}}',
      10_000,
    ),
  '200,000 files': () => filled(`${UPLOADS}{"files":[`, () => '{"bytes":1,"mime":"image/png"}', ']}}', 200_000),
  'equal fields': equalFields,
  'overlapping fragments': overlappingFragments,
};

/** The same text as a graphql-ws message. */
function message(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from('{"id":"1","type":"subscribe","payload":'), body, Buffer.from('}')]);
}

export const BOMBS: readonly Bomb[] = [
  ...Object.entries(BODIES).flatMap(([name, bytes]): Bomb[] => [
    { name: `${name}, HTTP`, over: 'http', from: 'keyed', bytes },
    { name: `${name}, socket`, over: 'socket', from: 'keyed', bytes: () => message(bytes()) },
  ]),
  { name: 'equal fields, no key', over: 'http', from: 'stranger', bytes: equalFields },
  {
    name: '20,000 pings, socket',
    over: 'socket',
    from: 'keyed',
    bytes: () => Buffer.from('{"type":"ping"}\n'.repeat(20_000)),
  },
];
