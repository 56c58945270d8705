/**
 * Where a deployment lives. Every method is idempotent; names derive from the workflow path, so `destroy` needs nothing
 * that only a finished `deploy` could tell.
 */
import type { InPlaceSettings } from '../catalog/in-place.ts';
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
  /** Set in the create call itself; they hold the moment of expiry. */
  tags: { [key: string]: string };
}

export type DeployAnswer =
  /** `acceptedAtMs`: epoch, when the resource began to be billed, also when an earlier call had made it. */
  | { state: 'accepted'; acceptedAtMs: number }
  /** `capacity`: nothing to be had now, in no zone. `quota`: the account may not. `rejected`: it never will. */
  | { state: 'refused'; code: 'capacity' | 'quota' | 'rejected'; reason: string };

export type ReadyState = {
  state: 'starting' | 'ready' | 'failed' | 'gone';
  /** Why it failed, with the last log line where there is one. */
  reason: string | null;
  /** What a failure says about the configuration: nothing, when the cloud had no machine for it. */
  cause?: 'unhealthy' | 'capacity';
  /** Origin to send requests to; null until ready. */
  url: string | null;
  /** How requests reach the model where that is not the server's own protocol on a plain socket. */
  access?: {
    /** Instead of the KServe path. */
    path: string;
    signing: { service: string; region: string };
  };
  /** Seconds from the start request to the first healthy answer, as seen by the target. */
  startupSeconds: number | null;
  /** What serves: versions, image digest, process id. */
  facts: { [name: string]: string | number | null };
  /** In force, read from what serves; absent where the target changes none in place, or cannot tell now. */
  settings?: InPlaceSettings;
};

export type ReconfigureAnswer =
  /** Read back from what serves: all that is sent from now on meets them, and nothing sent before is on its way any more. */
  | { state: 'in-force' }
  /** `reason`: what the deployment serves now is not what was asked for, or nobody knows. */
  | { state: 'refused'; reason: string };

export interface ListedResource {
  /** Process, endpoint, instance: the target's own word. */
  kind: string;
  id: string;
  /** Name given at creation. */
  name: string;
  /** What a person types to end it. */
  endCommand: string;
  /** Why it may belong to another run: its tags cannot be read. It is reported and not touched. */
  doubt?: string;
}

export interface Target {
  /** Rows that cannot run here, each with its fix. */
  preflight(deployments: readonly PlannedDeployment[]): Promise<SkippedRow[]>;
  /** Throws only for what is nobody's fault but the caller's or the network's. */
  deploy(request: DeployRequest): Promise<DeployAnswer>;
  ready(name: string): Promise<ReadyState>;
  /**
   * Makes a running deployment serve another configuration of the same `deploymentKey`, which takes no other deployment.
   * Absent where every configuration does. Throws like `deploy`; what is in force is not known then.
   */
  reconfigure?(name: string, deployment: PlannedDeployment): Promise<ReconfigureAnswer>;
  /** Last lines of what the deployment wrote; empty when there is nothing. */
  logs(name: string): Promise<string>;
  /** Success when it is already gone. */
  destroy(name: string): Promise<void>;
  /**
   * Everything alive that belongs to the run, found by listing and not by memory; what cannot be told apart from the run's
   * own, because its tags cannot be read, too. Throws when a listing failed: absence is then not known.
   */
  list(runId: string): Promise<ListedResource[]>;
}
