import { describeFaceAnalyzer } from './face-analyzer.contract';

describeFaceAnalyzer('bundled-fast');
