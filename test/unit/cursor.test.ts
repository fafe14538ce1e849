import { Pager } from '../../src/graphql/connection';
import { CursorCodec } from '../../src/domain/cursor';
import { newId } from '../../src/domain/ids';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';

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
  const rows = [1, 2, 3].map(() => ({ id: newId() }));

  it('walks a list by its cursors', () => {
    const page = pager.connection(mine, 'rows', { first: 2 }, rows, (row) => row);
    expect(page.nodes).toEqual(rows.slice(0, 2));
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const next = { first: 2, after: page.pageInfo.endCursor };
    expect(pager.request(mine, 'rows', next)).toEqual({ first: 2, afterId: rows[1]!.id });
    const last = pager.connection(mine, 'rows', next, rows.slice(2), (row) => row);
    expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('answers an empty list with null cursors', () => {
    const { pageInfo } = pager.connection(mine, 'rows', { first: 2 }, [], (row: { id: string }) => row);
    expect(pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null });
  });
});
