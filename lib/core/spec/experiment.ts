/** An experiment with every default filled in: what plans are made from. */
import type { PriceOverride, Purchase } from '../catalog/price.ts';
import type { Value } from '../catalog/runtimes/parameter.ts';
import type { RuntimeName } from '../catalog/runtimes/registry.ts';
import type { Tolerance } from '../load/job.ts';
import type { LoadPlan } from '../plan/load-plan.ts';
import type { Plan, TargetName } from '../plan/plan.ts';
import type { Trace } from '../scale/trace/trace.ts';

export interface ExperimentTarget {
  target: TargetName;
  instanceTypes: string[];
  /** Cores that serve; null off `local`. */
  cores: number | null;
  /** null off `ec2`. */
  purchase: Purchase | null;
}

export interface Axis {
  parameter: string;
  values: Value[];
}

export interface ExperimentRuntime {
  runtime: RuntimeName;
  /** Given by the user; null to derive it. */
  name: string | null;
  /** Every parameter of the runtime, in its declared order; one value where nothing varies. */
  axes: Axis[];
}

/** `targets` and `runtimes` stand in the document's order, so that an index here is an index there. */
export interface Experiment {
  name: string;
  description: string | null;
  region: string | null;
  /** File of a price snapshot, relative to the experiment; null for the catalog's prices. */
  priceSnapshot: string | null;
  model: {
    source: string;
    task: string | null;
    inputs: string;
    golden: string | null;
    tokenizer: Plan['model']['tokenizer'];
    /** null: by precision. */
    tolerance: Tolerance | null;
  };
  slo: Plan['slo'];
  demand: Plan['demand'];
  /** What the demand follows from; absent where its rates were stated. */
  demandTrace?: Trace;
  objective: Plan['objective'];
  budget: Plan['budget'];
  targets: ExperimentTarget[];
  runtimes: ExperimentRuntime[];
  load: LoadPlan;
  search: Plan['search'];
  baseline: string | null;
  prices: PriceOverride[];
  tags: { [key: string]: string };
  itemsPerRequest: number;
  availability: 'single' | 'redundant';
  safety: number;
}
