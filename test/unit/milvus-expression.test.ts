import { newId } from '../../src/domain/ids';
import { spaceExpression } from '../../src/infra/milvus/milvus-expression';

const tenantId = newId();
const collectionId = newId();

test('names the tenant and the collection, and keys where there are some', () => {
  const space = `tenantId == "${tenantId}" && collectionId == "${collectionId}"`;
  expect(spaceExpression({ tenantId, collectionId })).toBe(space);
  expect(spaceExpression({ tenantId, collectionId }, [1n, 9_007_199_254_740_993n])).toBe(
    `${space} && vectorKey in [1, 9007199254740993]`,
  );
});

test.each(['', '*', `${tenantId}" || tenantId != "`, `${tenantId}\n`, tenantId.toUpperCase(), '😀', '" or 1 == 1 --'])(
  'refuses the id %p',
  (id) => {
    expect(() => spaceExpression({ tenantId: id, collectionId })).toThrow(TypeError);
    expect(() => spaceExpression({ tenantId, collectionId: id })).toThrow(TypeError);
  },
);

test.each([0n, -1n, 2n ** 63n, 1 as unknown as bigint, '1] || vectorKey > 0' as unknown as bigint])(
  'refuses the key %p',
  (key) => {
    expect(() => spaceExpression({ tenantId, collectionId }, [key])).toThrow(TypeError);
  },
);
