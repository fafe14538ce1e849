import { describeTurnedFaces } from './turned-faces';

describeTurnedFaces('bundled');
