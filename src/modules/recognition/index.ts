import { ComparisonService, type ComparisonServiceDependencies } from './comparison.service';
import { ProbeAnalyzer, type ProbeAnalyzerDependencies } from './probe-analyzer';
import { RecognitionResolver } from './recognition.resolver';
import { SearchService, type SearchServiceDependencies } from './search.service';

export type RecognitionParts = ProbeAnalyzerDependencies &
  Omit<ComparisonServiceDependencies, 'probes'> &
  Omit<SearchServiceDependencies, 'probes'>;

export function createRecognition(parts: RecognitionParts) {
  const probes = new ProbeAnalyzer(parts);
  const searches = new SearchService({ ...parts, probes });
  const comparisons = new ComparisonService({ ...parts, probes });
  return { searches, comparisons, resolvers: [new RecognitionResolver(comparisons, searches)] };
}
