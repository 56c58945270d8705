/** Deployments as processes on this machine: the kit's own server with a real runtime, on cores of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { localCoresOf } from '../core/catalog/instance.ts';
import { MODEL_NAME } from '../core/load/requests.ts';
import type { PlannedDeployment, SkippedRow } from '../core/plan/plan.ts';
import type { DeployRequest, ListedResource, ReadyState, Target } from '../core/ports/target.ts';
import { allowedCores, pinned, splitCores } from './cores.ts';
import { writeDurably } from './durable-write.ts';
import type { Environment } from './environment.ts';
import type { LocalPreparer } from './local-preparer.ts';
import { endProcess, listProcesses } from './processes.ts';
import { findPython } from './python.ts';
import { gunicornOf, serverConfig } from './server-config.ts';
import { prepareTriton, removeSharedMemory } from './triton-launch.ts';

export interface LocalTargetOptions {
  /** Folder for configuration and log of each deployment. */
  folder: string;
  /** Folder that holds the server package. */
  server: string;
  preparer: LocalPreparer;
}

type Interpreter = Pick<Environment, 'python' | 'pythonPath'>;

interface Started {
  child: ChildProcess;
  startedMs: number;
  readySeconds: number | null;
  exit: string | null;
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

  async deploy(o: DeployRequest): Promise<void> {
    const known = this.started.get(o.name);
    if (known && known.exit === null) return;
    const folder = this.folderOf(o.name);
    mkdirSync(folder, { recursive: true });
    const { configuration } = o.deployment;
    const environment = environmentOf(configuration.runtime, o.tokenizer !== null);
    const python =
      environment === null
        ? { python: (await findPython()).command, pythonPath: null }
        : await this.options.preparer.environment(environment);
    const cores = splitCores(allowedCores(), localCoresOf(configuration.instanceType) ?? 1).server;
    const server =
      configuration.runtime === 'triton'
        ? await this.triton(o, python, cores.length)
        : await this.ownServer(o, python, join(folder, 'announce.json'));
    const [command, ...args] = pinned(cores, server.command);
    const threads = String(configuration.parameters['threads'] ?? 1);
    const log = openSync(join(folder, 'server.log'), 'a');
    const child = spawn(command!, args, {
      // The server ends itself when this pipe closes, so that it cannot outlive the controller.
      stdio: ['pipe', log, log],
      env: {
        ...process.env,
        ...server.env,
        OMP_NUM_THREADS: threads,
      },
    });
    closeSync(log);
    child.stdin!.on('error', () => undefined);
    const state: Started = { child, startedMs: performance.now(), readySeconds: null, exit: null };
    child.on('error', (error) => {
      state.exit = error.message;
    });
    child.on('exit', (code, signal) => {
      state.exit = signal === null ? `exit code ${code}` : `signal ${signal}`;
    });
    this.started.set(o.name, state);
    void this.watch(o.name, state);
  }

  private async ownServer(o: DeployRequest, python: Interpreter, announce: string) {
    const { parameters } = o.deployment.configuration;
    const configFile = join(this.folderOf(o.name), 'config.json');
    writeDurably(configFile, JSON.stringify(serverConfig(o, announce), null, 2));
    return {
      command: [
        python.python,
        '-m',
        'infersweep_server',
        '--config',
        configFile,
        '--instance',
        instanceMark(o.runId, o.name),
      ],
      env: {
        PYTHONPATH: [
          this.options.server,
          ...(python.pythonPath === null ? [] : [python.pythonPath]),
          ...(gunicornOf(parameters) === null ? [] : [await this.options.preparer.packages('gunicorn')]),
        ].join(':'),
        PYTHONDONTWRITEBYTECODE: '1',
      },
    };
  }

  /** Triton announces nothing: its port is chosen here. */
  private async triton(o: DeployRequest, environment: Interpreter, cores: number) {
    const folder = this.folderOf(o.name);
    const { parameters } = o.deployment.configuration;
    const launch = await prepareTriton({
      folder,
      containers: dirname(this.options.server),
      environment,
      artifact: o.artifact,
      parameters,
      cores,
      mark: instanceMark(o.runId, o.name),
    });
    writeDurably(join(folder, 'announce.json'), JSON.stringify({ port: launch.port }));
    return launch;
  }

  async ready(name: string): Promise<ReadyState> {
    const state = this.started.get(name);
    const base = { reason: null, url: null, startupSeconds: null, facts: {} };
    if (!state) return { ...base, state: 'gone' };
    if (state.exit !== null) {
      const words = (await this.logs(name)).trim().split('\n').at(-1) ?? '';
      return { ...base, state: 'failed', reason: `server ended with ${state.exit}${words ? `: ${words}` : ''}` };
    }
    if (state.readySeconds === null) return { ...base, state: 'starting' };
    const url = this.url(name)!;
    const facts = await metadata(url);
    return { state: 'ready', reason: null, url, startupSeconds: state.readySeconds, facts };
  }

  async logs(name: string): Promise<string> {
    const file = join(this.folderOf(name), 'server.log');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-4000) : '';
  }

  async destroy(name: string): Promise<void> {
    for (const { pid, args } of listProcesses()) {
      if (args.some((a) => a.endsWith(`/${name}`) && a.startsWith(MARK))) await endProcess(pid);
    }
    removeSharedMemory(this.folderOf(name));
    this.started.delete(name);
  }

  async list(runId: string): Promise<ListedResource[]> {
    const mark = instanceMark(runId, '');
    return listProcesses().flatMap(({ pid, args }) => {
      const own = args.find((a) => a.startsWith(mark));
      return own ? [{ kind: 'process', id: String(pid), name: own.slice(mark.length) }] : [];
    });
  }

  /** Notes the moment of the first healthy answer, closer than the workflow's polls could. */
  private async watch(name: string, state: Started): Promise<void> {
    while (state.exit === null && state.readySeconds === null) {
      const url = this.url(name);
      if (url !== null && (await get(`${url}/v2/health/ready`)).status === 200) {
        state.readySeconds = (performance.now() - state.startedMs) / 1000;
      } else {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  private url(name: string): string | null {
    try {
      const { port } = JSON.parse(readFileSync(join(this.folderOf(name), 'announce.json'), 'utf8'));
      return `http://127.0.0.1:${port}`;
    } catch {
      return null; // not listening yet
    }
  }

  private folderOf(name: string): string {
    return join(this.options.folder, name);
  }
}

/** Stands in the command line of every server, so that a listing finds it without any memory of it. */
const MARK = 'infersweep:';
const instanceMark = (runId: string, name: string) => `${MARK}${runId}/${name}`;

/** Which environment lock a runtime is served from; null where the standard library is enough. */
function environmentOf(runtime: string, text: boolean): string | null {
  if (runtime === 'onnxruntime') return text ? 'onnxruntime-text' : 'onnxruntime';
  if (runtime === 'transformers') return 'torch';
  return runtime === 'torch' || runtime === 'triton' ? runtime : null;
}

/** Versions that compute: our server's own with the model's metadata, Triton's with the server's. */
async function metadata(url: string): Promise<{ [name: string]: string }> {
  const { body } = await get(`${url}/v2/models/${MODEL_NAME}`);
  try {
    const versions = JSON.parse(body).versions_of ?? JSON.parse(body).versions ?? {};
    return Array.isArray(versions) ? { triton: JSON.parse((await get(`${url}/v2`)).body).version } : versions;
  } catch {
    return {};
  }
}

/** One small GET on loopback; status 0 when nothing answers within a second. */
function get(url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const failed = () => resolve({ status: 0, body: '' });
    const req = request(url, { timeout: 1000, agent: false }, (res) => {
      let body = '';
      res.setEncoding('utf8');
      res.on('data', (d: string) => {
        body += d;
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body }));
      res.on('error', failed);
    });
    req.on('timeout', () => req.destroy());
    req.on('error', failed);
    req.end();
  });
}
