import { hasLocalModels } from '../fixtures/analyzer';
import { describeFaceAnalyzer } from './face-analyzer.contract';

if (hasLocalModels('FaceAnalyzer with yunet-reid0095')) describeFaceAnalyzer('yunet-reid0095');
else it.skip('needs the ONNX models', () => undefined);
