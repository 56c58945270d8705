/**
 * The whole run where nobody stands outside the carrier: the sweep, then the end of everything that a listing still shows,
 * then the receipt. `runSweep` does the same around a carrier that lives in a process.
 */

import type { Workflow } from '../../core/ports/workflow.ts';
import { receiptSchema } from '../../core/report/receipt.ts';
import type { EnginePorts } from '../ports.ts';
import { destroyOnce, isEmpty, type Remains, writeReceipt } from '../run.ts';
import type { SweepOutcome } from './sweep.ts';

/** Half an hour: what is stuck for longer is the reaper's. */
const LOOKS = 60;
const LOOK_SECONDS = 30;
/** A durable result is small; a receipt with so many leaks needs no more of them to alarm. */
const MOST_NAMED = 50;

type Seen = { alive: Remains['alive']; unlisted: string[] };

export async function wholeRun(w: Workflow, ports: EnginePorts): Promise<SweepOutcome> {
  const ended = await w.call<SweepOutcome>('sweep', 'sweep', null).then(
    (outcome) => ({ outcome, error: null }),
    (error: Error) => ({ outcome: null, error: error.message }),
  );
  const seen = await w.poll<Seen>(
    'teardown',
    async () => {
      const { alive, unlisted } = await destroyOnce(ports);
      return { alive: alive.slice(0, MOST_NAMED), unlisted: unlisted.slice(0, MOST_NAMED) };
    },
    (s, attempt) => (isEmpty(s) || attempt >= LOOKS ? { done: true } : { waitSeconds: LOOK_SECONDS }),
  );
  await w.step('record', async () => {
    receiptSchema.parse(await writeReceipt(ports, seen));
    return null;
  });
  if (ended.outcome === null) throw new Error(ended.error);
  return ended.outcome;
}
