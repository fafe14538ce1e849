import { ComparisonService, type ComparisonServiceDependencies } from './comparison.service';
import { ProbeAnalyzer, type ProbeAnalyzerDependencies } from './probe-analyzer';
import { RecognitionResolver } from './recognition.resolver';
import { SearchBudgets } from './search-budgets';
import { SearchService, type SearchServiceDependencies } from './search.service';

export type RecognitionParts = ProbeAnalyzerDependencies &
  Omit<ComparisonServiceDependencies, 'budgets' | 'probes'> &
  Omit<SearchServiceDependencies, 'budgets' | 'probes'>;

export function createRecognition(parts: RecognitionParts) {
  const probes = new ProbeAnalyzer(parts);
  const budgets = new SearchBudgets();
  const searches = new SearchService({ ...parts, probes, budgets });
  const comparisons = new ComparisonService({ ...parts, probes, budgets });
  return { searches, comparisons, budgets, resolvers: [new RecognitionResolver(comparisons, searches)] };
}
