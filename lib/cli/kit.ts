/** What the verbs need from outside; `bin/kit.ts` composes it from the adapters, tests from fakes. */

import type { Measurement } from '../core/measure/measurement.ts';
import type { Plan, SkippedRow } from '../core/plan/plan.ts';
import type { LoadGenerator } from '../core/ports/load-generator.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { Progress } from '../core/ports/progress.ts';
import type { Records } from '../core/ports/records.ts';
import type { StopFlag, StopReason } from '../core/ports/stop.ts';
import type { Json } from '../core/ports/workflow.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import type { Published } from '../core/spec/published-schema.ts';
import type { ReapScope } from '../engine/doom.ts';
import type { EnginePorts } from '../engine/ports.ts';
import type { ReapReport } from '../engine/reap-report.ts';
import type { WorkflowFunction } from '../engine/workflow/sweep.ts';
import type { AwsAccess } from './aws-access.ts';

/** An experiment read and planned, or the located issues printed one a line, or a refusal before anything runs. */
export type Planned =
  | { ok: true; plan: Plan; experimentText: string; inputs: string; golden: string | null; lock: Json }
  | { ok: false; kind: 'issues'; lines: string[]; next?: string }
  | { ok: false; kind: 'refusal'; message: string; fix: string; plan: Plan };

/** Who drives a run: this process here (`local`: and everything else is here, too), or AWS itself. */
export type Driver = 'local' | 'here' | 'aws';

/** A run that this process drives and nobody else does. */
export interface Taken {
  /** Writers of the run's ledger carry it; null where no ledger is shared. */
  token: number | null;
  /** False when another process has taken over. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

/** What carries a run there: a durable execution, or where a region has none the journal of a task on Fargate. */
export type CloudCarrier = 'durable' | 'fargate';

/** What AWS says of the execution that drives a run there. */
export interface CloudExecution {
  state: 'absent' | 'running' | 'done' | 'failed';
  /** Of one that is done: what the sweep returned. */
  outcome: Json;
  error: string | null;
  /** Epoch milliseconds: a receipt that was written before tells nothing of what this has left; absent: none does. */
  sinceMs?: number;
}

/** AWS as the driver of runs. */
export interface Cloud {
  /** Asked twice for one run, it starts once. */
  start(run: Run, plan: Plan): Promise<void>;
  look(runId: string): Promise<CloudExecution>;
  /** The run ends and tears down. */
  ask(runId: string, reason: StopReason): Promise<void>;
  /** Ends what drives the run, whether it listens or not. Absent where it cannot stand in the way of a teardown. */
  halt?(runId: string): Promise<void>;
}

export interface Run {
  id: string;
  folder: string;
  store: ObjectStore;
  records: Records;
}

/** The carrier of one execution. */
export interface Carried {
  continued: boolean;
  /** Torn bytes that opening the journal cut off. */
  cutBytes: number;
  carry(workflow: string, input: Json): Promise<Json>;
  close(): void;
}

export interface ReportInput {
  recommendation: Recommendation;
  measurements: Measurement[];
  /** null for published figures. */
  plan: Plan | null;
  experimentText: string;
  generatedAt: string;
  /** Configuration that ratios refer to. */
  baseline?: string | undefined;
}

/** A published document, or what is wrong with it, printed one a line. */
export type OpenedPublished = { ok: true; published: Published; text: string } | { ok: false; lines: string[] };

export interface Fact {
  name: string;
  state: 'ok' | 'warning' | 'missing';
  value: string;
  /** What to do about it; null when nothing. */
  fix: string | null;
}

/** What stands against a plan before it begins. */
export interface Preflight {
  /** Of the whole of it. */
  refusals: Fact[];
  /** Deployments that cannot be made. */
  skipped: SkippedRow[];
}

export interface Kit {
  version: string;
  runsFolder: string;
  now(): Date;
  wait(seconds: number): Promise<void>;
  /** Reads, validates and plans; never throws for what a user wrote. */
  plan(experimentFile: string): Promise<Planned>;
  createRun(name: string): Run;
  /** Every run's id, newest last. */
  listRuns(): string[];
  /** A run id or a run directory; null when there is none. */
  openRun(reference: string): Run | null;
  /** A folder with a `published.json`; null when there is none. */
  openPublished(reference: string): Promise<OpenedPublished | null>;
  /** Keeps a second controller off the run; null when somebody else holds it. */
  take(run: Run, plan: Plan): Promise<Taken | null>;
  /** Of a run that was not taken only to be looked at. */
  ports(run: Run, plan: Plan, o: { progress: Progress; stop: StopFlag; taken: Taken | null }): Promise<EnginePorts>;
  /** Looks only. `ports` are made where the account has what they are made of. */
  preflight(plan: Plan, ports: () => Promise<EnginePorts>): Promise<Preflight>;
  /** What is to carry a run on AWS: what was asked for, or what there is. @throws CliError where that is not there */
  cloudCarrier(plan: Plan, wanted: CloudCarrier | null): Promise<CloudCarrier>;
  cloud(plan: Plan, carrier: CloudCarrier): Promise<Cloud>;
  /** For a run on AWS: makes on this machine what any CPU can make, and uploads it. */
  prepareHere(run: Run, plan: Plan, say: (message: string) => void): Promise<void>;
  /** One pass over everything of the kit in the account. `delete: false` only looks. */
  sweepLeaks(o: { region: string | null; scope: ReapScope; delete: boolean }): Promise<ReapReport>;
  /** `wait` is what it pauses with. */
  carrier(run: Run, registry: Record<string, WorkflowFunction>, wait?: Kit['wait']): Carried;
  /** A generator outside any run, for `load`; `folder` holds its files until `dispose`. */
  generator(workers?: number): { generator: LoadGenerator; store: ObjectStore; dispose(): void };
  /** Gives the kit's own process the cores that servers and client do not need. */
  settle(plan: Plan): void;
  /** What of this machine stands in a lock; null when a plan is run elsewhere. */
  host(plan: Plan): { [fact: string]: string | number } | null;
  report(input: ReportInput): Promise<string>;
  doctor(): Promise<Fact[]>;
  /** An AWS account in a region, reached with the credentials of the environment. */
  aws(region: string): Promise<AwsAccess>;
}
