/** The cloud of batching servers, with a target that changes their queues in place. */
import { inPlaceSettings } from '../../lib/core/catalog/in-place.ts';
import type { LoadJob, LoadResult } from '../../lib/core/load/job.ts';
import type { EnginePorts } from '../../lib/engine/ports.ts';
import { scopeKey } from '../../lib/engine/workflow/names.ts';
import { QueueCloud } from './queue-cloud.ts';

/** As the tables of `bench:search` have it. */
export const RELOAD_SECONDS = 45;

export type ChangeFault =
  /** Says no, and changes nothing. */
  | 'refuses'
  /** Changes it, and the answer is lost. */
  | 'unanswered'
  /** Says yes, and changes nothing. */
  | 'lies'
  /** Says yes, and has gone back by the time it is loaded. */
  | 'reverts'
  /** Says yes, and its server stops answering when it is loaded. */
  | 'breaks'
  /** The deployment is gone. */
  | 'dies';

export class ChangeableCloud extends QueueCloud {
  /** `deploy` and `change`, with the configuration: in the order in which they took effect. */
  readonly switches: string[] = [];
  /** Loads that met another configuration than the one they were meant for. */
  readonly strays: string[] = [];
  /** Of the configuration, when it is to be put in force. */
  fault: (id: string) => ChangeFault | null = () => null;
  /** Looks at a deployment that do not tell its settings, from now on. */
  mutters = 0;
  /** Deployments and loads die with their controller, as on one machine. */
  mortal = false;
  private readonly deployed = new Map<string, string>();
  private readonly reverts = new Map<string, string>();
  private breaks = false;
  private lives = 0;

  override ports(): EnginePorts & { cut(): void } {
    if (this.lives++ > 0 && this.mortal) this.crash({ takesDeployments: true });
    const ports = super.ports();
    let cut = false;
    const sagemaker = ports.targets.sagemaker!;
    const configurationOf = (id: string) => this.plan.deployments.find((d) => d.id === id)!.configuration;
    return {
      ...ports,
      cut: () => {
        cut = true;
        ports.cut();
      },
      targets: {
        sagemaker: {
          ...sagemaker,
          deploy: async (r) => {
            const known = this.alive.has(r.name);
            const answer = await sagemaker.deploy(r);
            if (!known) this.switches.push(`deploy ${r.deployment.id}`);
            this.deployed.set(r.name, r.deployment.id);
            return answer;
          },
          ready: async (name) => {
            const state = await sagemaker.ready(name);
            const id = this.alive.get(name);
            if (state.state !== 'ready' || id === undefined) return state;
            if (this.mutters > 0 && this.mutters-- > 0) return state;
            const settings = inPlaceSettings(configurationOf(id))!;
            return { ...state, settings, facts: { ...state.facts, ...settings } };
          },
          reconfigure: (name, { id }) =>
            cut ? new Promise(() => undefined) : Promise.resolve().then(() => this.change(name, id)),
        },
      },
    };
  }

  private change(name: string, id: string) {
    const fault = this.fault(id);
    const inForce = { state: 'in-force' as const };
    const before = this.alive.get(name);
    if (before === undefined) return { state: 'refused' as const, reason: 'it is gone' };
    if (fault === 'refuses') return { state: 'refused' as const, reason: 'no' };
    if (fault === 'lies') return inForce;
    if (fault === 'dies') {
      this.alive.delete(name);
      return inForce;
    }
    if (before !== id) {
      this.switches.push(`change ${id}`);
      this.billedSeconds += RELOAD_SECONDS;
      this.alive.set(name, id);
    }
    if (fault === 'unanswered') throw new Error('socket hang up');
    this.breaks = fault === 'breaks';
    if (fault === 'reverts') this.reverts.set(name, before);
    return inForce;
  }

  protected override addressOf(name: string): string {
    return name;
  }

  protected override idAt(endpoint: { url: string }): string {
    const name = super.idAt(endpoint);
    return this.alive.get(name) ?? this.deployed.get(name)!;
  }

  protected override resultOf(job: LoadJob): LoadResult {
    const [segment] = job.segments as [LoadJob['segments'][number]];
    if (segment.shape.kind !== 'once') {
      for (const [name, id] of this.reverts) this.alive.set(name, id);
      this.reverts.clear();
    }
    const served = this.idAt(job.endpoints[segment.endpoint]!);
    // An endpoint is named by the configuration that its load is meant for.
    if (segment.shape.kind !== 'once' && segment.endpoint !== scopeKey(served)) this.strays.push(job.id);
    const result = super.resultOf(job);
    if (!this.breaks || segment.shape.kind === 'once') return result;
    this.breaks = false;
    return { ...result, segments: result.segments.map((s) => ({ ...s, aborted: 'server-died' })) };
  }
}
