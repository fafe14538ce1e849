import { hasLocalModels } from '../fixtures/analyzer';
import { describeTurnedFaces } from './turned-faces';

if (hasLocalModels('Turned faces with yunet-reid0095')) describeTurnedFaces('yunet-reid0095');
else describe.skip('Turned faces with yunet-reid0095', () => it('needs its models', () => undefined));
