/** Rows of the fault matrix on the journal, each a test of its own: as it is, and cut at every write. */
import { afterAll, beforeAll, it, vi } from 'vitest';
import { cutEverywhere } from './cut-run.ts';
import type { Row } from './rows/row.ts';
import { type LoopbackDynamo, startDynamo } from './services/dynamodb.ts';

/** What every run of a file keeps its books in. */
export function sharedDynamo(): () => LoopbackDynamo {
  let dynamo: LoopbackDynamo;
  beforeAll(async () => {
    dynamo = await startDynamo();
    // The reaper reports every pass.
    vi.spyOn(console, 'log').mockReturnValue();
  });
  afterAll(() => dynamo.close());
  return () => dynamo;
}

/** Five deployments of which one is looked at for an hour, in some 180 runs. */
const LONGEST_ROW_MS = 3_600_000;

export function cutRows(rows: readonly Row[], dynamo: () => LoopbackDynamo): void {
  for (const row of rows) {
    it(row.name, () => cutEverywhere(row, dynamo()).then(() => undefined), LONGEST_ROW_MS);
  }
}
