/**
 * A row of the fault matrix (reliability-and-ux.md, A2) as every carrier runs it: its world, and what must come of it,
 * however often its controller died on the way.
 */
import { expect } from 'vitest';
import { type ExitCode, exitCodes } from '../../../../lib/cli/exit-codes.ts';
import type { Measurement } from '../../../../lib/core/measure/measurement.ts';
import type { Plan } from '../../../../lib/core/plan/plan.ts';
import type { RunEnd } from '../../../../lib/engine/run.ts';
import { CloudRun, type CloudRunOptions } from '../cloud-run.ts';
import { calls, ended, exitOf, ON_EC2, outcomes, records } from '../fault-rows.ts';
import type { LoopbackDynamo } from '../services/dynamodb.ts';

export interface Row {
  /** Begins with its number in the matrix. */
  name: string;
  plan: () => Plan;
  /** Made anew for each run: they may count. */
  options?: () => CloudRunOptions;
  arrange?: (run: CloudRun) => void;
  expects: (run: CloudRun, end: RunEnd) => Promise<void> | void;
  /** With which the command line would leave. @default 0 */
  exit?: ExitCode | (() => ExitCode);
  /** Parts of the ARNs of what outlives it, with a name in its end. @default nothing does */
  leaks?: (run: CloudRun) => string[];
  /** False where trials end without a record. @default true */
  ended?: boolean;
  /** Where what befalls the last run may come too late for it: whether it came. @default it always does */
  befell?: () => boolean;
  /**
   * Where its controller dies on the journal. Of a row that polls for hours: from its first such poll on, and there at the
   * ends of each and at one in ten of the writes between, which are alike; what is before it is as in other rows.
   * @default every write
   */
  cuts?: 'every write' | 'long polls';
}

/** Carries a run to its end. */
export type Carrier = (run: CloudRun) => Promise<RunEnd>;

export const onJournal: Carrier = async (run) => ended(await run.live());

export const DONE = { state: 'done', error: null, alive: [], unlisted: [] };
export const INVALID = exitCodes.invalidTrial;

export const BOTH = [
  ['SageMaker', {}, 'endpoint'],
  ['EC2', ON_EC2, 'instance'],
] as const;

export async function withRun(
  row: Row,
  dynamo: LoopbackDynamo,
  use: (run: CloudRun) => Promise<void>,
  isInProcess = false,
): Promise<void> {
  const run = await CloudRun.start(row.plan(), { dynamo, isInProcess, ...row.options?.() });
  try {
    row.arrange?.(run);
    await use(run);
  } finally {
    await run.close();
  }
}

/** By HTTP, as it is. */
export async function carryRow(row: Row, carrier: Carrier, dynamo: LoopbackDynamo): Promise<CloudRun> {
  let carried: CloudRun;
  await withRun(row, dynamo, async (run) => {
    carried = run;
    await holds(row, run, await carrier(run));
  });
  return carried!;
}

export async function holds(row: Row, run: CloudRun, end: RunEnd): Promise<void> {
  const leaks = row.leaks?.(run) ?? [];
  await row.expects(run, end);
  await run.invariants({ ended: row.ended ?? true, leaks, end });
  const exit = typeof row.exit === 'function' ? row.exit() : row.exit;
  expect(await exitOf(run, end), 'exit code').toBe(exit ?? exitCodes.ok);
  // Of what cannot be deleted the deadline passes, too.
  if (leaks.length === 0) expect(run.world.calls, 'no deadline had to fire').not.toContain('lambda:Invoke');
}

/** So many, and `again` more for every controller that died before it had written down the answer. */
export function expectCalls(run: CloudRun, call: string, times: number, again = 1): void {
  expectCount(run, calls(run, call), times, again);
}

export function expectCount(run: CloudRun, made: number, times: number, again = 1): void {
  expect(made).toBeGreaterThanOrEqual(times);
  expect(made).toBeLessThanOrEqual(times + again * run.deaths);
}

export async function expectValid(run: CloudRun, end: RunEnd): Promise<void> {
  expect(end).toMatchObject(DONE);
  expect(await outcomes(run)).toEqual([expect.stringMatching(/ valid$/)]);
}

/** What befalls each run once, as soon as it is so far. A load goes on without its controller, and may end before anybody looks. */
export class Incident {
  private came = false;
  private readonly isTime: (run: CloudRun) => boolean;
  private readonly befall: (run: CloudRun) => void;

  constructor(isTime: (run: CloudRun) => boolean, befall: (run: CloudRun) => void) {
    this.isTime = isTime;
    this.befall = befall;
  }

  /** Of a run that is about to start. */
  options(): CloudRunOptions {
    this.came = false;
    return {
      during: (run) => {
        if (this.came || !this.isTime(run)) return;
        this.came = true;
        this.befall(run);
      },
    };
  }

  readonly befell = (): boolean => this.came;

  /** Only a death excuses its absence. */
  expectIn(run: CloudRun): void {
    if (run.deaths === 0) expect(this.befell(), 'it befell').toBe(true);
  }
}

export const isRunning = ({ world }: CloudRun) => world.of('task').some(({ status }) => status === 'RUNNING');

export const isLoaded = (run: CloudRun) => isRunning(run) && calls(run, 'ecs:RunTask') >= 2;

/** Details of what is wrong with each record. */
export const reasons = async (run: CloudRun): Promise<string[]> =>
  (await records(run)).flatMap(({ validity }) => validity.reasons.map(({ detail }) => detail));

/** What each skipped row says of itself. */
export const fixes = async (run: CloudRun): Promise<string[]> =>
  (await (await run.ports(null)).records.skipped()).map(({ row }) => `${row.instanceType}: ${row.fix}`);

export const codes = ({ validity }: Measurement): string[] => validity.reasons.map(({ code }) => code);
