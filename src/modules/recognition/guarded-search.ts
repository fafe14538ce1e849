import { DomainError } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { SearchAudit } from '../audit/search-audit.service';
import { BUDGETS, type BudgetHolder, type SearchBudgets } from './search-budgets';

export interface GuardDependencies {
  readonly budgets: SearchBudgets;
  readonly audit: Pick<SearchAudit, 'record'>;
}

/** A match by less than this over the threshold counts as a near one. */
const NEAR_MARGIN = 5;

/** What was found of a person. */
export interface Found {
  readonly personId: string;
  readonly similarity: number;
}

/**
 * Lets `take` take of the holder's budgets; without a holder nothing is counted.
 * @throws DomainError RATE_LIMITED; the audit is told of it.
 */
export async function withinBudgets(
  { budgets, audit }: GuardDependencies,
  scope: TenantScope,
  holder: BudgetHolder | null,
  collectionIds: readonly string[],
  take: (holder: BudgetHolder, budgets: SearchBudgets) => void,
): Promise<void> {
  if (!holder) return;
  try {
    take(holder, budgets);
  } catch (error) {
    const budget = error instanceof DomainError ? BUDGETS.find((one) => one === error.details?.['budget']) : undefined;
    if (budget && budgets.isNews(holder, budget)) {
      const details = { refused: budget };
      await audit.record(scope, {
        collectionIds,
        subjectIds: [],
        probes: [],
        results: 0,
        startedAt: new Date(),
        details,
      });
    }
    throw error;
  }
}

/** Of persons that a search names, those that it came only near to. */
export function nearOnes(found: readonly Found[], threshold: number): string[] {
  return found.filter(({ similarity }) => similarity < threshold + NEAR_MARGIN).map(({ personId }) => personId);
}
