/** What the verbs need from outside; `bin/kit.ts` composes it from the adapters, tests from fakes. */

import type { Measurement } from '../core/measure/measurement.ts';
import type { Plan, SkippedRow } from '../core/plan/plan.ts';
import type { LoadGenerator } from '../core/ports/load-generator.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { Progress } from '../core/ports/progress.ts';
import type { Records } from '../core/ports/records.ts';
import type { StopFlag } from '../core/ports/stop.ts';
import type { Json } from '../core/ports/workflow.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import type { Published } from '../core/spec/published-schema.ts';
import type { EnginePorts } from '../engine/ports.ts';
import type { WorkflowFunction } from '../engine/workflow/sweep.ts';

/** An experiment read and planned, or the located issues printed one a line, or a refusal before anything runs. */
export type Planned =
  | { ok: true; plan: Plan; experimentText: string; inputs: string; golden: string | null; lock: Json }
  | { ok: false; kind: 'issues'; lines: string[] }
  | { ok: false; kind: 'refusal'; message: string; fix: string };

export interface Run {
  id: string;
  folder: string;
  store: ObjectStore;
  records: Records;
  /** Keeps a second controller off the run; null when somebody else holds it. */
  lock(): { release(): void } | null;
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

export interface Kit {
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
  ports(run: Run, plan: Plan, o: { progress: Progress; stop: StopFlag }): EnginePorts;
  preflight(ports: EnginePorts, plan: Plan): Promise<SkippedRow[]>;
  carrier(run: Run, registry: Record<string, WorkflowFunction>): Carried;
  /** A generator outside any run, for `load`; `folder` holds its files until `dispose`. */
  generator(): { generator: LoadGenerator; store: ObjectStore; dispose(): void };
  /** Gives the kit's own process the cores that servers and client do not need. */
  settle(plan: Plan): void;
  report(input: ReportInput): Promise<string>;
  doctor(): Promise<Fact[]>;
}
