import { estate } from '../../estate';
import { describeLeaves } from '../support/describe-leaves';

describeLeaves('this estate', estate);
