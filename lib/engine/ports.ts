import type { TargetName } from '../core/plan/plan.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Deadlines } from '../core/ports/deadlines.ts';
import type { Ledger } from '../core/ports/ledger.ts';
import type { LoadGenerator } from '../core/ports/load-generator.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { Preparer } from '../core/ports/preparer.ts';
import type { Progress } from '../core/ports/progress.ts';
import type { Records } from '../core/ports/records.ts';
import type { StopFlag } from '../core/ports/stop.ts';
import type { ListedResource, Target } from '../core/ports/target.ts';

/** Whatever keeps something of a run alive: targets, and on AWS the tasks of load generators. */
export interface Holder {
  list(runId: string): Promise<ListedResource[]>;
  destroy(name: string): Promise<void>;
}

/** Everything the life cycle touches; `bin/` and `lambda/` choose the implementations. */
export interface EnginePorts {
  runId: string;
  targets: Partial<Record<TargetName, Target>>;
  /** Besides the targets. */
  holders: Holder[];
  ledger: Ledger;
  deadlines: Deadlines;
  generator: LoadGenerator;
  preparer: Preparer;
  store: ObjectStore;
  records: Records;
  clock: Clock;
  progress: Progress;
  stop: StopFlag;
  /** Versions of kit and host that every measurement carries. */
  versions: Record<string, string>;
}

export function holdersOf(ports: EnginePorts): Holder[] {
  return [...Object.values(ports.targets), ...ports.holders];
}

export function targetOf(ports: EnginePorts, name: TargetName): Target {
  const found = ports.targets[name];
  if (!found) throw new Error(`no target "${name}" in this composition`);
  return found;
}
