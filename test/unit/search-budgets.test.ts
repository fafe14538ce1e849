import { type DomainError } from '../../src/domain/errors';
import { SearchBudgets, type BudgetHolder } from '../../src/modules/recognition/search-budgets';

const HOUR_MS = 3_600_000;
const holder: BudgetHolder = { apiKeyId: 'a', maxNearMatches: 4, maxPersonsNamed: 3 };

let nowMs: number;
let budgets: SearchBudgets;
beforeEach(() => {
  nowMs = 0;
  budgets = new SearchBudgets(() => nowMs);
});

/** How long to wait; 0: it was granted. */
function waitOf(take: () => void): number {
  try {
    take();
    return 0;
  } catch (error) {
    const { code, details } = error as DomainError;
    expect(code).toBe('RATE_LIMITED');
    return details!['retryAfterMs'] as number;
  }
}
const near = (personId: string, by = holder): number => waitOf(() => budgets.takeNear(by, personId));
const name = (...personIds: string[]): number => waitOf(() => budgets.name(holder, personIds));

describe('coming near one person', () => {
  it('is granted so often, then as the hour passes', () => {
    expect([near('p'), near('p'), near('p'), near('p')]).toEqual([0, 0, 0, 0]);
    expect(near('p')).toBe(HOUR_MS / 4);
    nowMs += HOUR_MS / 4;
    expect(near('p')).toBe(0);
    expect(near('p')).toBe(HOUR_MS / 4);
  });

  it('is counted by person and by key', () => {
    for (let times = 0; times < 5; times += 1) near('p');
    expect(near('q')).toBe(0);
    expect(near('p', { ...holder, apiKeyId: 'b' })).toBe(0);
  });

  it('does not count where it was clearly them', () => {
    for (let times = 0; times < 20; times += 1) {
      expect(near('p')).toBe(0);
      budgets.giveNearBack(holder, 'p');
    }
  });

  it('may be without a limit, or not allowed at all', () => {
    for (let times = 0; times < 20; times += 1) expect(near('p', { ...holder, maxNearMatches: null })).toBe(0);
    expect(near('p', { ...holder, maxNearMatches: 0 })).toBe(HOUR_MS);
  });

  it('of a hill-climber who asks 10,000 times in an hour is answered a few times', () => {
    let answered = 0;
    for (let times = 0; times < 10_000; times += 1) {
      nowMs += HOUR_MS / 10_000;
      if (near('p') === 0) answered += 1;
    }
    expect(answered).toBeLessThanOrEqual(8);
  });
});

describe('naming persons', () => {
  it('is granted for so many different ones, all or none', () => {
    expect(name('a', 'b')).toBe(0);
    nowMs += 1_000;
    expect(name('c', 'd')).toBe(HOUR_MS - 1_000);
    expect(name('c')).toBe(0);
    expect(name('a', 'b', 'c', 'c')).toBe(0);
  });

  it('forgets whom it named an hour ago', () => {
    name('a', 'b', 'c');
    nowMs += HOUR_MS - 1;
    expect(name('d')).toBe(1);
    nowMs += 1;
    expect(name('d', 'e', 'f')).toBe(0);
  });
});

it('counts what was refused, and tells of it once a minute', () => {
  for (let times = 0; times < 6; times += 1) near('p');
  name('a', 'b', 'c', 'd');
  expect(budgets.refusals()).toEqual({ NEAR_MATCHES: 2, PERSONS_NAMED: 1 });
  expect([budgets.isNews(holder, 'NEAR_MATCHES'), budgets.isNews(holder, 'NEAR_MATCHES')]).toEqual([true, false]);
  expect(budgets.isNews(holder, 'PERSONS_NAMED')).toBe(true);
  nowMs += 60_000;
  expect(budgets.isNews(holder, 'NEAR_MATCHES')).toBe(true);
});
