/**
 * Rows 9 to 12 of the fault matrix (reliability-and-ux.md, A2): what comes up and must not be believed. Real servers and a
 * real generator show the evidence in test/faults/misbehaving.test.ts and test/load; here it is what a run on AWS makes of it.
 */
import { cutRows, sharedDynamo } from '../../support/aws/cut-rows.ts';
import { LOADS } from '../../support/aws/rows/loads.ts';

cutRows(LOADS, sharedDynamo());
