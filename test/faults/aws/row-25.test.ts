/** Row 25 of the fault matrix (reliability-and-ux.md, A2): somebody wants it to end. */
import { cutRows, sharedDynamo } from '../../support/aws/cut-rows.ts';
import { STOPS } from '../../support/aws/rows/surroundings.ts';

cutRows(STOPS, sharedDynamo());
