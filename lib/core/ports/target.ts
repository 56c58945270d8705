/**
 * Where a deployment lives. Every method is idempotent; names derive from the workflow path, so `destroy` needs nothing
 * that only a finished `deploy` could tell.
 */
import type { Plan, PlannedDeployment, SkippedRow } from '../plan/plan.ts';

export interface DeployRequest {
  runId: string;
  /** Unique and stable for one deployment attempt. */
  name: string;
  deployment: PlannedDeployment;
  /** Folder or file made by the preparation. */
  artifact: string;
  /** How a runtime that takes text tokenises it; null when it takes tensors. */
  tokenizer: Plan['model']['tokenizer'];
  /** The host must end the resource by itself after this many seconds. */
  ttlSeconds: number;
}

export type ReadyState = {
  state: 'starting' | 'ready' | 'failed' | 'gone';
  /** Why it failed, with the last log line where there is one. */
  reason: string | null;
  /** Origin to send requests to; null until ready. */
  url: string | null;
  /** Seconds from the start request to the first healthy answer, as seen by the target. */
  startupSeconds: number | null;
  /** What serves: versions, image digest, process id. */
  facts: { [name: string]: string | number | null };
};

export interface ListedResource {
  /** Process, endpoint, instance: the target's own word. */
  kind: string;
  id: string;
  /** Name given at creation. */
  name: string;
}

export interface Target {
  /** Rows that cannot run here, each with its fix. */
  preflight(deployments: readonly PlannedDeployment[]): Promise<SkippedRow[]>;
  deploy(request: DeployRequest): Promise<void>;
  ready(name: string): Promise<ReadyState>;
  /** Last lines of what the deployment wrote; empty when there is nothing. */
  logs(name: string): Promise<string>;
  /** Success when it is already gone. */
  destroy(name: string): Promise<void>;
  /** Everything alive that belongs to the run, found by listing and not by memory. */
  list(runId: string): Promise<ListedResource[]>;
}
