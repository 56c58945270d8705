/** Deployments as processes on this machine: the kit's own server with a real runtime, on cores of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { localCoresOf } from '../core/catalog/instance.ts';
import { MODEL_NAME } from '../core/load/requests.ts';
import type { Parameters, PlannedDeployment, SkippedRow } from '../core/plan/plan.ts';
import type { DeployRequest, ListedResource, ReadyState, Target } from '../core/ports/target.ts';
import { allowedCores, pinned, splitCores } from './cores.ts';
import { writeDurably } from './durable-write.ts';
import type { LocalPreparer } from './local-preparer.ts';
import { endProcess, listProcesses } from './processes.ts';
import { findPython } from './python.ts';

export interface LocalTargetOptions {
  /** Folder for configuration and log of each deployment. */
  folder: string;
  /** Folder that holds the server package. */
  server: string;
  preparer: LocalPreparer;
}

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
    const configFile = join(folder, 'config.json');
    writeDurably(configFile, JSON.stringify(serverConfig(o, join(folder, 'announce.json')), null, 2));
    const cores = splitCores(allowedCores(), localCoresOf(configuration.instanceType) ?? 1).server;
    const [command, ...args] = pinned(cores, [
      python.python,
      '-m',
      'infersweep_server',
      '--config',
      configFile,
      '--instance',
      instanceMark(o.runId, o.name),
    ]);
    const threads = String(configuration.parameters['threads'] ?? 1);
    const log = openSync(join(folder, 'server.log'), 'a');
    const child = spawn(command!, args, {
      // The server ends itself when this pipe closes, so that it cannot outlive the controller.
      stdio: ['pipe', log, log],
      env: {
        ...process.env,
        PYTHONPATH: [
          this.options.server,
          ...(python.pythonPath === null ? [] : [python.pythonPath]),
          ...(gunicornOf(configuration.parameters) === null ? [] : [await this.options.preparer.packages('gunicorn')]),
        ].join(':'),
        PYTHONDONTWRITEBYTECODE: '1',
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
  return runtime === 'torch' || runtime === 'transformers' ? 'torch' : null;
}

/** Parameters that the kit itself reads; all others are the adapter's own. */
const KIT_PARAMETERS = ['dynamicBatching', 'outputs', 'workers', 'workerThreads', 'falcon'];

function serverConfig(o: DeployRequest, announce: string): object {
  const { parameters, runtime } = o.deployment.configuration;
  return {
    model: { name: MODEL_NAME, path: o.artifact || null },
    adapter: runtime,
    parameters: Object.fromEntries(Object.entries(parameters).filter(([k]) => !KIT_PARAMETERS.includes(k))),
    batching: batching(parameters),
    gunicorn: gunicornOf(parameters),
    host: '127.0.0.1',
    port: 0,
    announce,
    dieWithParent: true,
    ...(o.tokenizer === null ? {} : { tokenizer: o.tokenizer }),
  };
}

function batching(parameters: Parameters): Parameters[string] {
  const value = parameters['dynamicBatching'] ?? false;
  return value === false ? null : value;
}

/** Runtimes that declare how a worker reads are always served by gunicorn, others where they have several workers. */
function gunicornOf({ workers = 1, workerThreads, falcon = false }: Parameters): object | null {
  return workerThreads === undefined && workers === 1 ? null : { workers, threads: workerThreads ?? 8, falcon };
}

async function metadata(url: string): Promise<{ [name: string]: string }> {
  const { body } = await get(`${url}/v2/models/${MODEL_NAME}`);
  try {
    const versions = JSON.parse(body).versions_of ?? JSON.parse(body).versions ?? {};
    return Array.isArray(versions) ? {} : versions;
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
