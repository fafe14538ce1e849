import { hasLocalModels } from '../fixtures/analyzer';
import { describeNamedCases } from './named-cases';

if (hasLocalModels('the named cases with yunet-reid0095')) describeNamedCases('yunet-reid0095');
else it.skip('needs the ONNX models', () => undefined);
