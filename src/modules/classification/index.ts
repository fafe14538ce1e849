import { ClassificationResolver } from './classification.resolver';
import { ClassificationService, type ClassificationServiceDependencies } from './classification.service';

export function createClassification(parts: ClassificationServiceDependencies) {
  const service = new ClassificationService(parts);
  return { service, resolvers: [new ClassificationResolver(service)] };
}
