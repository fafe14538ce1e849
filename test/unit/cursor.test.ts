import type { PageArgs } from '../../src/graphql/connection';
import { byKey, Pager } from '../../src/graphql/pager';
import { CursorCodec } from '../../src/domain/cursor';
import { DomainError } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import type { Order, PageRequest, Position } from '../../src/records/page';

const codec = new CursorCodec('a secret of a unit test');
const [mine, theirs] = [makeTenantScope(newId()), makeTenantScope(newId())];
const refused = expect.objectContaining({
  code: 'BAD_USER_INPUT',
  details: { fields: [expect.objectContaining({ path: 'after' })] },
});

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('CursorCodec', () => {
  it('gives back what it took, whatever the characters', () => {
    for (const value of [newId(), '0', '9223372036854775807', 'ünï\u{1F600}']) {
      expect(codec.decode(mine, 'persons', codec.encode(mine, 'persons', value))).toBe(value);
    }
  });

  it('refuses a cursor of another tenant, another list, another secret', () => {
    const cursor = codec.encode(mine, 'persons', newId());
    expect(errorOf(() => codec.decode(theirs, 'persons', cursor))).toEqual(refused);
    expect(errorOf(() => codec.decode('operator', 'persons', cursor))).toEqual(refused);
    expect(errorOf(() => codec.decode(mine, 'faces', cursor))).toEqual(refused);
    expect(errorOf(() => new CursorCodec('another secret of it').decode(mine, 'persons', cursor))).toEqual(refused);
  });

  it('refuses what is damaged, empty, long or made up', () => {
    const cursor = codec.encode(mine, 'persons', newId());
    const flipped = Buffer.from(cursor, 'base64url');
    flipped[20]! ^= 1;
    for (const bad of ['', 'x', cursor.slice(0, -2), flipped.toString('base64url'), 'A'.repeat(10_000), 'é\u0000']) {
      expect(errorOf(() => codec.decode(mine, 'persons', bad))).toEqual(refused);
    }
  });

  it('wants a secret worth the name', () => {
    expect(() => new CursorCodec('short')).toThrow(/16/);
  });
});

describe('Pager', () => {
  const pager = new Pager(codec);
  const NAMES: Order<'NAME'> = { field: 'NAME', direction: 'ASC' };
  const people = ['Ada', 'Bea', 'Bea', 'Cleo', 'Dora'].map((sortKey, n) => ({ id: `${n}`, sortKey }));
  /** Compares as the stores' SQL does. */
  const compare = (row: Position, { id, key }: Position): number =>
    row.key === key ? row.id.localeCompare(id) : (row.key ?? '').localeCompare(key ?? '');
  let asked: PageRequest[];
  const listOf = (rows: readonly (typeof people)[number][], order = NAMES, name = 'people') => ({
    owner: mine,
    name,
    order,
    position: byKey,
    count: (atMost: number) => Promise.resolve(Math.min(atMost, rows.length)),
    rows: (page: PageRequest) => {
      asked.push(page);
      const { first, after, before, backwards } = page;
      const found = rows.filter((row) => {
        const isAfter = !after || compare(byKey(row), after) >= (after.inclusive ? 0 : 1);
        return isAfter && (!before || compare(byKey(row), before) <= (before.inclusive ? 0 : -1));
      });
      return Promise.resolve((backwards ? [...found].reverse() : found).slice(0, first + 1));
    },
  });
  const page = async (args: PageArgs, rows = people) => {
    const { nodes, pageInfo, totalCount } = await pager.connection(args, listOf(rows), (row) => row.id);
    const told = async (value: boolean | (() => Promise<boolean>)) => (typeof value === 'boolean' ? value : value());
    return {
      ids: nodes.join(''),
      next: await told(pageInfo.hasNextPage),
      previous: await told(pageInfo.hasPreviousPage),
      start: pageInfo.startCursor,
      end: pageInfo.endCursor,
      totalCount,
    };
  };
  beforeEach(() => {
    asked = [];
  });

  it('walks a list both ways and knows what lies beyond the page', async () => {
    const [one, two] = [await page({ first: 2 }), await page({ last: 2 })];
    expect(one).toMatchObject({ ids: '01', next: true, previous: false });
    expect(two).toMatchObject({ ids: '34', next: false, previous: true });
    expect(await page({ first: 2, after: one.end })).toMatchObject({ ids: '23', next: true, previous: true });
    expect(await page({ first: 9, after: one.end })).toMatchObject({ ids: '234', next: false, previous: true });
    expect(await page({ last: 2, before: two.start })).toMatchObject({ ids: '12', next: true, previous: true });
    expect(await page({ last: 9, before: two.start })).toMatchObject({ ids: '012', next: true, previous: false });
    expect(await page({ first: 1, after: one.start, before: two.start })).toMatchObject({ ids: '1', next: true });
    expect(await page({ last: 1, after: one.start, before: two.start })).toMatchObject({ ids: '2', previous: true });
    expect(await page({ first: 2, after: two.end })).toMatchObject({ ids: '', next: false, previous: true });
  });

  it('tells what was there when the page was asked for: rows that went are not counted on', async () => {
    const { end } = await page({ first: 2 });
    expect(await page({ first: 2, after: end }, people.slice(2))).toMatchObject({ ids: '23', previous: false });
    expect(await page({ first: 2, after: end }, people.slice(0, 1))).toMatchObject({
      ids: '',
      previous: true,
      next: false,
    });
  });

  it('looks beyond the page, and counts, only when it is asked', async () => {
    const { endCursor } = (await pager.connection({ first: 1 }, listOf(people), (row) => row)).pageInfo;
    asked = [];
    await pager.connection({ first: 1, after: endCursor }, listOf(people), (row) => row);
    expect(asked).toEqual([{ first: 1, order: NAMES, backwards: false, after: { id: '0', key: 'Ada' } }]);
  });

  it('answers an empty list with null cursors', async () => {
    expect(await page({}, [])).toMatchObject({ ids: '', next: false, previous: false, start: null, end: null });
    expect(asked[0]!.first).toBe(50);
  });

  it('counts the whole list, up to a number that is not told', async () => {
    expect(await (await page({ first: 1 })).totalCount()).toBe(5);
    const most = { ...listOf(people), count: (atMost: number) => Promise.resolve(atMost) };
    expect(await (await pager.connection({}, most, (row) => row)).totalCount()).toBeNull();
    const slow = { ...most, count: () => Promise.reject(new DomainError('TIMEOUT', 'Too long.')) };
    expect(await (await pager.connection({}, slow, (row) => row)).totalCount()).toBeNull();
    const broken = { ...most, count: () => Promise.reject(new Error('a fault')) };
    await expect((await pager.connection({}, broken, (row) => row)).totalCount()).rejects.toThrow('a fault');
  });

  it('refuses first beside last, and a cursor of another order, list or version', async () => {
    const rules = (error: unknown) => (error as DomainError).details?.fields;
    const refusal = async (args: PageArgs, list = listOf(people)) =>
      rules(await pager.connection(args, list, (row) => row).catch((error: unknown) => error));
    expect(await refusal({ first: 1, last: 1 })).toEqual([{ path: 'last', rule: 'cannot stand beside first' }]);
    const { end } = await page({ first: 1 });
    for (const path of ['after', 'before']) {
      expect(await refusal({ [path]: end }, listOf(people, { field: 'NAME', direction: 'DESC' }))).toEqual([
        { path, rule: 'must be a cursor of this order, NAME DESC; it is one of NAME ASC' },
      ]);
      expect(await refusal({ [path]: end }, listOf(people, NAMES, 'others'))).toEqual([
        { path, rule: 'must be a cursor taken from an earlier answer of this very list' },
      ]);
      expect(await refusal({ [path]: codec.encode(mine, 'people', newId()) })).toEqual([
        { path, rule: 'must be a cursor of this version: begin at the beginning of the list' },
      ]);
    }
  });
});

test('what an older secret has made is accepted as long as that is honoured, and new ones are the newest’s', () => {
  const [older, newer] = ['an older secret of the tests', 'a newer secret of the tests'];
  const secrets: [string, ...string[]] = [older];
  const rotating = new CursorCodec(secrets);
  const before = rotating.encode(mine, 'persons', 'x');
  secrets.unshift(newer);
  const after = rotating.encode(mine, 'persons', 'x');
  expect(after).toBe(new CursorCodec(newer).encode(mine, 'persons', 'x'));
  for (const cursor of [before, after]) expect(rotating.decode(mine, 'persons', cursor)).toBe('x');
  secrets.pop();
  expect(() => rotating.decode(mine, 'persons', before)).toThrow();
  expect(rotating.decode(mine, 'persons', after)).toBe('x');
});
