import { hasLocalModels } from '../fixtures/analyzer';
import { suiteWhere } from '../fixtures/needs';
import { describeSmallFaces } from './small-faces';

suiteWhere(hasLocalModels('Small faces with yunet-reid0095'))('with model files at hand', () => {
  describeSmallFaces('yunet-reid0095');
});
