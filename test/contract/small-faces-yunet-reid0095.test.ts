import { hasLocalModels } from '../fixtures/analyzer';
import { describeSmallFaces } from './small-faces';

if (hasLocalModels('Small faces with yunet-reid0095')) describeSmallFaces('yunet-reid0095');
else describe.skip('Small faces with yunet-reid0095', () => it('needs its models', () => undefined));
