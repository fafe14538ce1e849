import { hasLocalModels } from '../fixtures/analyzer';
import { suiteWhere } from '../fixtures/needs';
import { describeNamedCases } from './named-cases';

suiteWhere(hasLocalModels('the named cases with yunet-reid0095'))('with model files at hand', () => {
  describeNamedCases('yunet-reid0095');
});
