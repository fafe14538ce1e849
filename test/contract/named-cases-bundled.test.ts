import { describeNamedCases } from './named-cases';

describeNamedCases('bundled');
