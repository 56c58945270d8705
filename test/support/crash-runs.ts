/** One sweep of a cloud world on either carrier, with one life that dies at its n-th durable write. */
import type { WireOperation } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { durableHandler } from '../../lib/aws/durable/durable-handler.ts';
import type { Json } from '../../lib/core/ports/workflow.ts';
import { type SweepFunctionName, sweepFunctions } from '../../lib/core/workflow/sweep-functions.ts';
import type { WorkflowEvent } from '../../lib/core/workflow/workflow-event.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { type Entry, type Journal, JournalError } from '../../lib/local/journal/journal-file.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import type { CloudWorld } from './cloud-world.ts';
import { type Life, mortal } from './mortal-durable.ts';
import { BodyLog, type Mutant, watched } from './watched-workflow.ts';

export interface CrashRun {
  world: CloudWorld;
  log: BodyLog;
  /** What the sweep said, or the message it failed with. */
  outcome: Json;
  /** Durable writes, in all lives. */
  writes: number;
}

export interface Crash {
  at: number;
  side: 'before' | 'after';
}

export type CarrierRun = (world: CloudWorld, crash: Crash | null, mutant?: Mutant | null) => Promise<CrashRun>;

const EXECUTION = 'run-1/e1';

/** What one life may touch; `end` cuts it off from the world and from the log. */
function lifeOf(world: CloudWorld, log: BodyLog, mutant: Mutant | null) {
  const ports = world.ports();
  let alive = true;
  const witness = { ran: (path: string) => alive && log.ran(path), done: (path: string) => alive && log.done(path) };
  const registry = watched(workflows(ports), witness as { ran(p: string): void; done(p: string): void }, mutant);
  const end = () => {
    alive = false;
    ports.cut();
  };
  return { registry, end };
}

export const onJournal: CarrierRun = async (world, crash, mutant = null) => {
  const log = new BodyLog();
  let entries: Entry[] = [];
  let writes = 0;
  const live = async (dies: Crash | null): Promise<Json> => {
    const life = lifeOf(world, log, mutant);
    const kept = [...entries];
    let dead = false;
    let tell = () => {};
    const death = new Promise<never>((_, reject) => {
      tell = () => reject(new JournalError('died'));
    });
    const journal: Journal = {
      entries: kept,
      append(entry) {
        if (dead) throw new JournalError('dead');
        writes++;
        dead = writes === dies?.at;
        if (!dead || dies?.side === 'after') kept.push({ seq: kept.length, ...entry });
        if (!dead) return;
        life.end();
        tell();
        throw new JournalError('dies here');
      },
    };
    const root = JournalWorkflow.root(journal, EXECUTION, life.registry, async () => undefined);
    const running = life.registry['sweep']!(root, null);
    running.catch(() => undefined);
    try {
      return await Promise.race([running, death]);
    } finally {
      entries = kept;
    }
  };
  let outcome: Json;
  try {
    outcome = await live(crash);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    for (const { path, kind } of entries) if (kind === 'done') log.done(path);
    outcome = await live(null);
  }
  return { world, log, outcome, writes };
};

/**
 * @param where `alone`: everything in one execution, so that every write of the sweep is one of its checkpoints. Else
 * executions call each other as on AWS, and the named function is the one that dies at its n-th checkpoint.
 */
export function onDurable(where: 'alone' | SweepFunctionName): CarrierRun {
  return async (world, crash, mutant = null) => {
    const log = new BodyLog();
    let writes = 0;
    const ends = new Map<Life, () => void>();
    const functionOf = (name: SweepFunctionName) =>
      mortal(
        (life) => {
          const { registry, end } = lifeOf(world, log, mutant);
          ends.set(life, end);
          const functions = where === 'alone' ? {} : sweepFunctions[name];
          return durableHandler(() => registry, { functions, scaleSeconds: (s) => s / 100 });
        },
        {
          at(n) {
            if (where !== name && where !== 'alone') return null;
            writes = n;
            return n === crash?.at ? crash.side : null;
          },
          onDeath(life, operations) {
            ends.get(life)!();
            for (const path of completedSteps(operations)) log.done(path);
          },
        },
      );
    const handlers = { sweep: functionOf('sweep'), shard: functionOf('shard'), group: functionOf('group') };
    const execute = async (name: SweepFunctionName, payload: WorkflowEvent): Promise<Json> => {
      const runner = new LocalDurableTestRunner<Json>({ handlerFunction: handlers[name] });
      // What is registered as a durable function could call no other: its runner is made without any.
      runner.registerFunction('shard', (event: WorkflowEvent) => execute('shard', event));
      runner.registerFunction('group', (event: WorkflowEvent) => execute('group', event));
      const result = await runner.run({ payload });
      if (result.getStatus() !== 'SUCCEEDED') throw new Error(result.getError().errorMessage);
      return result.getResult() as Json;
    };
    const outcome = await execute('sweep', { runId: 'run-1', path: EXECUTION, workflow: 'sweep', input: null }).catch(
      (error: Error) => error.message,
    );
    return { world, log, outcome, writes };
  };
}

/** The names of an operation and of the contexts around it are its path. */
function completedSteps(operations: readonly WireOperation[]): string[] {
  const byId = new Map(operations.map((o) => [o.Id, o]));
  const input = operations.find((o) => o.Type === 'EXECUTION')!.ExecutionDetails!.InputPayload!;
  const root = (JSON.parse(input) as WorkflowEvent).path;
  const pathOf = (id: string | undefined): string => {
    const operation = byId.get(id);
    return operation === undefined || operation.Type === 'EXECUTION'
      ? root
      : `${pathOf(operation.ParentId)}/${operation.Name}`;
  };
  return operations.filter((o) => o.Type === 'STEP' && o.Status === 'SUCCEEDED').map((o) => pathOf(o.Id));
}
