/** Deployments as processes on this machine: the kit's own server with a real runtime, on cores of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inPlaceSettings, shareDeployment } from '../core/catalog/in-place.ts';
import { localCoresOf } from '../core/catalog/instance.ts';
import type { PlannedDeployment, SkippedRow } from '../core/plan/plan.ts';
import type {
  DeployAnswer,
  DeployRequest,
  ListedResource,
  ReadyState,
  ReconfigureAnswer,
  Target,
} from '../core/ports/target.ts';
import { canonicalJson } from '../core/spec/canonical-json.ts';
import { allowedCores, pinned, splitCores } from './cores.ts';
import { writeDurably } from './durable-write.ts';
import { kernelKills } from './kernel-kills.ts';
import { type Interpreter, instanceMark, isMarkOf, type Launch } from './launch.ts';
import type { LocalPreparer } from './local-preparer.ts';
import { changeSettings, isReady, settingsOf, versionsOf } from './loopback.ts';
import { endProcess, listProcesses } from './processes.ts';
import { findPython } from './python.ts';
import { launchFront, launchServer } from './server-launch.ts';
import { prepareTriton, removeSharedMemory } from './triton-launch.ts';

export interface LocalTargetOptions {
  /** Folder for configuration and log of each deployment. */
  folder: string;
  /** Folder that holds the server package. */
  server: string;
  preparer: LocalPreparer;
}

/** The processes of one deployment; they share its cores. */
interface Launches {
  processes: Launch[];
  /** Of Triton, where it stands behind a front. */
  upstream: string | null;
}

interface Started {
  deployment: PlannedDeployment;
  upstream: string | null;
  acceptedAtMs: number;
  startedMs: number;
  readySeconds: number | null;
  /** Of the first process that ended: a deployment is all of them or none. */
  exit: { role: Launch['role']; how: string } | null;
}

export class LocalTarget implements Target {
  private readonly options: LocalTargetOptions;
  private readonly started = new Map<string, Started>();

  constructor(options: LocalTargetOptions) {
    this.options = options;
  }

  async preflight(deployments: readonly PlannedDeployment[]): Promise<SkippedRow[]> {
    const allowed = allowedCores();
    return deployments.flatMap((d) => {
      const cores = localCoresOf(d.configuration.instanceType) ?? 1;
      if (allowed.length === 1 || cores <= allowed.length - 1) return [];
      const { name: configuration, target, instanceType } = d.configuration;
      const fix = `use cores: ${allowed.length - 1} or fewer; one core stays the client's`;
      return [{ configuration, target, instanceType, code: 'capacity' as const, rule: null, fix }];
    });
  }

  async deploy(o: DeployRequest): Promise<DeployAnswer> {
    const known = this.started.get(o.name);
    if (known && known.exit === null) return { state: 'accepted', acceptedAtMs: known.acceptedAtMs };
    // What is left of a deployment that failed, and where it listened.
    if (known) await this.destroy(o.name);
    const folder = this.folderOf(o.name);
    mkdirSync(folder, { recursive: true });
    rmSync(join(folder, 'announce.json'), { force: true });
    const { instanceType, parameters } = o.deployment.configuration;
    const cores = splitCores(allowedCores(), localCoresOf(instanceType) ?? 1).server;
    // All are prepared before the first starts, so that they start together.
    const { processes, upstream } = await this.launches(o, folder, cores.length);
    const state: Started = {
      deployment: o.deployment,
      upstream,
      acceptedAtMs: Date.now(),
      startedMs: performance.now(),
      readySeconds: null,
      exit: null,
    };
    const env = { ...process.env, OMP_NUM_THREADS: String(parameters['threads'] ?? 1) };
    for (const launch of processes) this.spawn(launch, folder, cores, env, state);
    this.started.set(o.name, state);
    void this.watch(o.name, state);
    return { state: 'accepted', acceptedAtMs: state.acceptedAtMs };
  }

  private spawn(launch: Launch, folder: string, cores: number[], env: NodeJS.ProcessEnv, state: Started): void {
    const [command, ...args] = pinned(cores, launch.command);
    const log = openSync(logOf(folder, launch.role), 'a');
    // The process ends itself when its pipe closes, so that it cannot outlive the controller.
    const child: ChildProcess = spawn(command!, args, { stdio: ['pipe', log, log], env: { ...env, ...launch.env } });
    closeSync(log);
    child.stdin!.on('error', () => undefined);
    const killsBefore = kernelKills();
    const ended = (how: string) => {
      state.exit ??= { role: launch.role, how };
    };
    child.on('error', (error) => ended(error.message));
    child.on('exit', (code, signal) => {
      const wanting =
        signal === 'SIGKILL' && kernelKills() > killsBefore ? ', killed by the kernel: out of memory' : '';
      ended(signal === null ? `exit code ${code}` : `signal ${signal}${wanting}`);
    });
  }

  private async launches(o: DeployRequest, folder: string, cores: number): Promise<Launches> {
    const { runtime, parameters } = o.deployment.configuration;
    const { server, preparer } = this.options;
    const environment = await this.interpreter(environmentOf(runtime, o.tokenizer !== null));
    const common = { deploy: o, folder, server, preparer };
    if (runtime !== 'triton') return { processes: [await launchServer({ ...common, environment })], upstream: null };
    const mark = instanceMark(o.runId, o.name);
    const containers = dirname(server);
    const triton = await prepareTriton({
      folder,
      containers,
      environment,
      artifact: o.artifact,
      parameters,
      cores,
      mark,
    });
    if (Number(parameters['frontWorkers'] ?? 0) === 0) {
      // Triton announces nothing: its port was chosen here.
      writeDurably(join(folder, 'announce.json'), JSON.stringify({ port: triton.port }));
      return { processes: [triton], upstream: null };
    }
    const upstream = urlOf(triton.port);
    const tokenises = await this.interpreter(o.tokenizer === null ? null : 'onnxruntime-text');
    return { processes: [triton, await launchFront({ ...common, environment: tokenises }, upstream)], upstream };
  }

  /** The standard library is enough where no environment is named. */
  private async interpreter(environment: string | null): Promise<Interpreter> {
    if (environment !== null) return this.options.preparer.environment(environment);
    return { python: (await findPython()).command, pythonPath: null };
  }

  async ready(name: string): Promise<ReadyState> {
    const state = this.started.get(name);
    const base = { reason: null, url: null, startupSeconds: null, facts: {} };
    if (!state) return { ...base, state: 'gone' };
    if (state.exit !== null) {
      const { role, how } = state.exit;
      const words =
        tailOf(logOf(this.folderOf(name), role))
          .trim()
          .split('\n')
          .at(-1) ?? '';
      return { ...base, state: 'failed', reason: `${role} ended with ${how}${words ? `: ${words}` : ''}` };
    }
    if (state.readySeconds === null) return { ...base, state: 'starting' };
    const url = this.url(name)!;
    const behind = state.upstream === null ? {} : await versionsOf(state.upstream);
    const settings = inPlaceSettings(state.deployment.configuration) === null ? null : await settingsOf(url);
    const facts = { ...(await versionsOf(url)), ...behind, ...settings };
    const ready = { state: 'ready' as const, reason: null, url, startupSeconds: state.readySeconds, facts };
    return settings === null ? ready : { ...ready, settings };
  }

  async reconfigure(name: string, deployment: PlannedDeployment): Promise<ReconfigureAnswer> {
    const state = this.started.get(name);
    const url = this.url(name);
    const wanted = inPlaceSettings(deployment.configuration);
    const refused = (reason: string) => ({ state: 'refused' as const, reason });
    if (!state || state.readySeconds === null || url === null) return refused(`${name} does not serve`);
    if (wanted === null || !shareDeployment(state.deployment, deployment)) {
      return refused(`${state.deployment.id} and ${deployment.id} differ in what takes another deployment`);
    }
    const refusal = await changeSettings(url, wanted);
    if (refusal !== null) return refused(refusal);
    const inForce = await settingsOf(url);
    if (canonicalJson(inForce) === canonicalJson(wanted)) return { state: 'in-force' };
    return refused(`${canonicalJson(inForce)} is in force, not ${canonicalJson(wanted)}`);
  }

  async logs(name: string): Promise<string> {
    return (['server', 'front'] as const).map((role) => tailOf(logOf(this.folderOf(name), role))).join('');
  }

  async destroy(name: string): Promise<void> {
    // Triton's python processes bear no mark, and one that lost its Triton while it waited for it may stay.
    const backends = join(this.folderOf(name), 'backends', '/');
    for (const { pid, args } of listProcesses()) {
      if (args.some(isMarkOf(name)) || args[0]!.startsWith(backends)) await endProcess(pid);
    }
    removeSharedMemory(this.folderOf(name));
    this.started.delete(name);
  }

  async list(runId: string): Promise<ListedResource[]> {
    const mark = instanceMark(runId, '');
    return listProcesses().flatMap(({ pid, args }) => {
      const own = args.find((a) => a.startsWith(mark));
      return own ? [{ kind: 'process', id: String(pid), name: own.slice(mark.length), endCommand: `kill ${pid}` }] : [];
    });
  }

  /** Notes the moment of the first healthy answer, closer than the workflow's polls could. */
  private async watch(name: string, state: Started): Promise<void> {
    while (state.exit === null && state.readySeconds === null) {
      const url = this.url(name);
      if (url !== null && (await isReady(url))) {
        state.readySeconds = (performance.now() - state.startedMs) / 1000;
      } else {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  private url(name: string): string | null {
    try {
      const { port } = JSON.parse(readFileSync(join(this.folderOf(name), 'announce.json'), 'utf8'));
      return urlOf(port);
    } catch {
      return null; // not listening yet
    }
  }

  private folderOf(name: string): string {
    return join(this.options.folder, name);
  }
}

const urlOf = (port: number) => `http://127.0.0.1:${port}`;
const logOf = (folder: string, role: Launch['role']) => join(folder, `${role}.log`);

function tailOf(log: string): string {
  return existsSync(log) ? readFileSync(log, 'utf8').slice(-4000) : '';
}

/** Which environment lock a runtime is served from; null where the standard library is enough. */
function environmentOf(runtime: string, text: boolean): string | null {
  if (runtime === 'onnxruntime') return text ? 'onnxruntime-text' : 'onnxruntime';
  if (runtime === 'transformers') return 'torch';
  return runtime === 'torch' || runtime === 'triton' ? runtime : null;
}
