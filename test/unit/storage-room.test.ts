import { ACCESS_EXTENSION } from '../../src/graphql/access';
import { guardMutations } from '../../src/graphql/room';
import { buildApiSchema } from '../../src/http/schema';
import { roomLevel } from '../../src/infra/storage/disk-room';
import type { RoomNeeded } from '../../src/domain/storage-room';

const GB = 2 ** 30;

test.each([
  [10 * GB, 100 * GB, 'OK'],
  [2 * GB, 100 * GB, 'OK'],
  [2 * GB - 1, 100 * GB, 'LOW'],
  [GB / 2, 100 * GB, 'LOW'],
  [GB / 2 - 1, 100 * GB, 'FULL'],
  [0, 100 * GB, 'FULL'],
  // 5 % of a small disk is less than the reserve.
  [GB / 2, 10 * GB, 'OK'],
  [GB / 2 - 1, 10 * GB, 'LOW'],
  [GB / 8 - 1, 10 * GB, 'FULL'],
] as const)('%d free bytes of %d are %s with a reserve of 2 GB', (free, total, level) => {
  expect(roomLevel(free, total, 2 * GB)).toBe(level);
});

test('each mutation says what it takes: only what makes room or takes rights away goes on when a disk is full', () => {
  const schema = buildApiSchema();
  const asked: RoomNeeded[] = [];
  guardMutations(schema, {
    level: 'OK',
    assertRoomFor: (needed) => {
      asked.push(needed);
      throw new Error('enough');
    },
  });
  const needs: Record<RoomNeeded, string[]> = { FILES: [], ROWS: [], NONE: [] };
  for (const field of Object.values(schema.getMutationType()!.getFields())) {
    expect(field.extensions[ACCESS_EXTENSION]).toBeDefined();
    expect(() => field.resolve!({}, {}, { principal: {} }, {} as never)).toThrow('enough');
    needs[asked.at(-1)!].push(field.name);
  }
  expect(needs.FILES.sort()).toEqual([
    'createUploads',
    'enrollFaces',
    'reembedCollection',
    'retryJob',
    'rollBackReembedding',
  ]);
  expect(needs.NONE.sort()).toEqual([
    'cancelJob',
    'deleteCollection',
    'deleteFaces',
    'deletePersons',
    'deleteTenant',
    'endGalleryGrant',
    'finishReembedding',
    'revokeApiKey',
    'suspendTenant',
    'unpublishGallery',
  ]);
});
