import { describeSmallFaces } from './small-faces';

describeSmallFaces('bundled');
