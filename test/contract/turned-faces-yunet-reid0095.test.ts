import { hasLocalModels } from '../fixtures/analyzer';
import { suiteWhere } from '../fixtures/needs';
import { describeTurnedFaces } from './turned-faces';

suiteWhere(hasLocalModels('Turned faces with yunet-reid0095'))('with model files at hand', () => {
  describeTurnedFaces('yunet-reid0095');
});
