import { FAULT_KINDS, planRounds } from '../../faults/plan';

const options = { seed: 7, rounds: 6, faultsPerRound: 4, kinds: FAULT_KINDS };

test('the same seed plans the same faults, another seed others', () => {
  expect(planRounds(options)).toEqual(planRounds(options));
  expect(planRounds({ ...options, seed: 8 })).not.toEqual(planRounds(options));
});

test('more rounds begin with the faults of fewer', () => {
  expect(planRounds({ ...options, rounds: 12 }).slice(0, 6)).toEqual(planRounds(options));
});

test('each kind comes once before one comes again', () => {
  const kinds = planRounds({ ...options, rounds: FAULT_KINDS.length })
    .flat()
    .map(({ kind }) => kind);
  for (let deck = 0; deck < 4; deck += 1) {
    const dealt = kinds.slice(deck * FAULT_KINDS.length, (deck + 1) * FAULT_KINDS.length);
    expect(new Set(dealt).size).toBe(FAULT_KINDS.length);
  }
});
