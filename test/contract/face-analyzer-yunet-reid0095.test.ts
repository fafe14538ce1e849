import { hasLocalModels } from '../fixtures/analyzer';
import { suiteWhere } from '../fixtures/needs';
import { describeFaceAnalyzer } from './face-analyzer.contract';

suiteWhere(hasLocalModels('FaceAnalyzer with yunet-reid0095'))('with model files at hand', () => {
  describeFaceAnalyzer('yunet-reid0095');
});
