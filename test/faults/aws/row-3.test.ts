/** Row 3 of the fault matrix (reliability-and-ux.md, A2): AWS asks for patience. */
import { cutRows, sharedDynamo } from '../../support/aws/cut-rows.ts';
import { THROTTLING } from '../../support/aws/rows/starts.ts';

cutRows(THROTTLING, sharedDynamo());
