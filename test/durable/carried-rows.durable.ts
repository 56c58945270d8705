/**
 * The rows of the fault matrix that every carrier runs, on durable executions that are suspended at every wait, as
 * they are on AWS; on the journal: test/faults/aws.
 */
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll, it } from 'vitest';
import { sharedDynamo } from '../support/aws/cut-rows.ts';
import { carriedByDurable } from '../support/aws/durable-run.ts';
import { CARRIED_ROWS } from '../support/aws/rows/all.ts';
import { carryRow } from '../support/aws/rows/row.ts';

const dynamo = sharedDynamo();
beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: false }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

for (const row of CARRIED_ROWS) {
  // What cannot be ended is looked at hundreds of times, and each would be a replay.
  const isSuspended = row.leaks === undefined;
  it(row.name, () => carryRow(row, (run) => carriedByDurable(run, { isSuspended }), dynamo()), 240_000);
}
