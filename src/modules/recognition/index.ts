import type { Database } from '../../database';
import { ComparisonService, type ComparisonServiceDependencies } from './comparison.service';
import { FilteredFaceStore } from './filtered-face.store';
import { ProbeAnalyzer, type ProbeAnalyzerDependencies } from './probe-analyzer';
import { RecognitionResolver } from './recognition.resolver';
import { SearchBudgets } from './search-budgets';
import { SearchService, type SearchServiceDependencies } from './search.service';

export type RecognitionParts = ProbeAnalyzerDependencies &
  Omit<ComparisonServiceDependencies, 'budgets' | 'probes'> &
  Omit<SearchServiceDependencies, 'budgets' | 'probes' | 'filteredFaces'> & { readonly database: Database };

export function createRecognition(parts: RecognitionParts) {
  const probes = new ProbeAnalyzer(parts);
  const budgets = new SearchBudgets();
  const filteredFaces = new FilteredFaceStore(parts.database);
  const searches = new SearchService({ ...parts, probes, budgets, filteredFaces });
  const comparisons = new ComparisonService({ ...parts, probes, budgets });
  return { searches, comparisons, budgets, probes, resolvers: [new RecognitionResolver(comparisons, searches)] };
}
