import { assertSuccess, refusalOf, thrownError } from '../../src/infra/milvus/milvus-answer';

const success = { error_code: 'Success', code: 0, reason: '' };

function refusalFor(answer: unknown): unknown {
  try {
    assertSuccess('search', answer);
  } catch (error) {
    return refusalOf(error);
  }
  return undefined;
}

test.each([
  ['a status', success],
  ['an answer with a status', { status: success, results: [] }],
  ['the old numeric form', { error_code: 0, reason: '' }],
])('%s that says success passes', (_, answer) => {
  expect(() => assertSuccess('search', answer)).not.toThrow();
});

test.each([
  ['an empty object', {}, 'REFUSED'],
  ['nothing', undefined, 'REFUSED'],
  ['null', null, 'REFUSED'],
  ['an answer whose status is missing', { results: [] }, 'REFUSED'],
  ['an answer whose status is empty', { status: {}, results: [] }, 'REFUSED'],
  ['a failure in error_code only', { status: { error_code: 'UnexpectedError', code: 0 } }, 'REFUSED'],
  ['a failure in code only', { status: { error_code: 'Success', code: 65_535 } }, 'REFUSED'],
  ['a lost collection', { status: { error_code: 'CollectionNotExists', code: 100 } }, 'NO_COLLECTION'],
  ['a released collection', { status: { error_code: 101, code: 101 } }, 'NOT_LOADED'],
  ['a missing index', { status: { error_code: 'IllegalRowRecord', code: 700 } }, 'NO_INDEX'],
])('%s is a failure', (_, answer, refusal) => {
  expect(refusalFor(answer)).toBe(refusal);
});

test('what the SDK throws becomes DEPENDENCY_UNAVAILABLE or TIMEOUT', () => {
  const unavailable = Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
  const late = Object.assign(new Error('4 DEADLINE_EXCEEDED'), { code: 4 });
  expect(thrownError('search', unavailable)).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
  expect(thrownError('search', late)).toMatchObject({ code: 'TIMEOUT', retryable: true });
  expect(thrownError('search', new TypeError('Cannot read properties'))).toMatchObject({
    code: 'DEPENDENCY_UNAVAILABLE',
  });
  expect(refusalOf(thrownError('search', { error_code: 'CollectionNotExists', code: 100 }))).toBe('NO_COLLECTION');
});
