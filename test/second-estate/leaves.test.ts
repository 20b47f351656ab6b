import { describeLeaves } from '../support/describe-leaves';
import { secondEstate } from '.';

describeLeaves('the second estate', secondEstate);
