/** Rows 4 to 8 of the fault matrix (reliability-and-ux.md, A2): what never comes up, or not at once. */
import { cutRows, sharedDynamo } from '../../support/aws/cut-rows.ts';
import { STARTS } from '../../support/aws/rows/starts.ts';

cutRows(STARTS, sharedDynamo());
