/** Preparation on this machine: the runtime's environment, and the model as an artifact named by its content. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { artifactIdentity, cpu, manifestSchema, mismatch } from '../core/plan/artifact.ts';
import type { Preparation } from '../core/plan/plan.ts';
import type { Preparer, PrepareState } from '../core/ports/preparer.ts';
import { isAddress } from '../core/spec/model-spec.ts';
import { type Environment, ensureEnvironment } from './environment.ts';

const run = promisify(execFile);

export interface LocalPreparerOptions {
  cache: string;
  /** Folder that relative model sources start from: the experiment's. */
  base: string;
  /** Folder with `<environment>.txt` locks. */
  locks: string;
  /** Folder with the conversion scripts. */
  scripts: string;
}

/** Conversion script and the environment it needs, for each kind that makes a new artifact. */
const conversions = {
  'onnx-export': { script: 'export_onnx.py', environment: 'torch' },
  'torchscript-trace': { script: 'trace.py', environment: 'torch' },
} as const;

const isConversion = (kind: string): kind is keyof typeof conversions => kind in conversions;

/** Conversions hold a whole model; longer than this they are stuck. */
const CONVERSION_TIMEOUT_MS = 15 * 60_000;

export class LocalPreparer implements Preparer {
  private readonly options: LocalPreparerOptions;
  private readonly states = new Map<string, PrepareState>();

  constructor(options: LocalPreparerOptions) {
    this.options = options;
  }

  async start(preparation: Preparation): Promise<string> {
    if (this.states.get(preparation.id) === undefined) {
      this.states.set(preparation.id, { state: 'running', message: 'starting' });
      void this.run(preparation);
    }
    return preparation.id;
  }

  refuses({ kind, needs, source, host }: Preparation): string | null {
    if (needs !== null) return `needs ${needs}: ${kind} is made by the compiler of its device`;
    if (isAddress(source)) return `needs AWS: ${source} is not on this machine`;
    if (kind === 'torchscript-trace' && host !== 'local') {
      return 'needs the image that serves it: what a newer torch traces, its libtorch cannot load';
    }
    return null;
  }

  async check(handle: string): Promise<PrepareState> {
    return this.states.get(handle) ?? { state: 'lost' };
  }

  /** Interpreter of an environment; makes it when it is missing. */
  environment(name: string, onProgress: (message: string) => void = () => undefined): Promise<Environment> {
    const lockFile = join(this.options.locks, `${name}.txt`);
    return ensureEnvironment({ cache: this.options.cache, name, lockFile }, onProgress);
  }

  /** Folder of an environment's packages, to be laid beside another one: only for pure Python. */
  async packages(name: string): Promise<string> {
    const { python, pythonPath } = await this.environment(name);
    if (pythonPath !== null) return pythonPath;
    const { stdout } = await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
    return stdout.trim();
  }

  private async run(preparation: Preparation): Promise<void> {
    const started = performance.now();
    const refused = this.refuses(preparation);
    if (refused !== null) {
      this.states.set(preparation.id, { state: 'failed', reason: refused });
      return;
    }
    const say = (message: string) => this.states.set(preparation.id, { state: 'running', message });
    try {
      let cached = true;
      if (preparation.environment !== null) cached = (await this.environment(preparation.environment, say)).cached;
      const made = await this.artifact(preparation, say);
      this.states.set(preparation.id, {
        state: 'done',
        artifact: made.path,
        sha256: made.sha256,
        cached: cached && made.cached,
        seconds: (performance.now() - started) / 1000,
      });
    } catch (error) {
      this.states.set(preparation.id, {
        state: 'failed',
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }

  private async artifact(
    preparation: Preparation,
    say: (message: string) => void,
  ): Promise<{ path: string; sha256: string; cached: boolean }> {
    const source = resolve(this.options.base, preparation.source);
    if (!existsSync(source)) throw new Error(`model source ${source} does not exist`);
    say('hashing the model');
    const sha256 = contentHash(source);
    if (!isConversion(preparation.kind)) {
      assertLoadable(source);
      return { path: source, sha256, cached: true };
    }
    return { ...(await this.conversion(preparation, preparation.kind, source, sha256, say)), sha256 };
  }

  private async conversion(
    preparation: Preparation,
    kind: keyof typeof conversions,
    source: string,
    modelSha256: string,
    say: (message: string) => void,
  ): Promise<{ path: string; cached: boolean }> {
    const { script, environment } = conversions[kind];
    const scriptFile = join(this.options.scripts, script);
    const lock = readFileSync(join(this.options.locks, `${environment}.txt`), 'utf8');
    const makerSha256 = sha256Of(`${contentHash(scriptFile)}\n${lock}`);
    const parts = { modelSha256, kind, makerSha256, device: null, settings: preparation.settings };
    const identity = artifactIdentity(parts, sha256Of);
    const folder = join(this.options.cache, 'artifacts', `${kind}-${identity.slice(0, 16)}`);
    if (existsSync(folder)) {
      assertLoadable(folder);
      return { path: folder, cached: true };
    }
    const python = await this.environment(environment, say);
    say(`${kind}: converting`);
    const work = claimPartial(folder);
    const env = python.pythonPath === null ? process.env : { ...process.env, PYTHONPATH: python.pythonPath };
    try {
      await run(python.python, [scriptFile, source, work], { timeout: CONVERSION_TIMEOUT_MS, env });
    } catch (error) {
      keepPartial(work, folder);
      throw new Error(`${script} failed: ${reasonOf(error as ChildFailure)}`);
    }
    const manifestFile = join(work, 'manifest.json');
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
    writeFileSync(manifestFile, `${JSON.stringify({ ...manifest, kind, identity }, null, 2)}\n`);
    renameSync(work, folder);
    return { path: folder, cached: false };
  }
}

/** A folder of one's own to work in, with the finished parts of a try that broke off; two processes never share one. */
function claimPartial(folder: string): string {
  const work = `${folder}.tmp-${process.pid}`;
  rmSync(work, { recursive: true, force: true });
  try {
    renameSync(`${folder}.partial`, work);
  } catch {
    mkdirSync(work, { recursive: true });
  }
  return work;
}

/** Leaves the parts for the next try. Where another process left its own meanwhile, these are dropped. */
function keepPartial(work: string, folder: string): void {
  try {
    renameSync(work, `${folder}.partial`);
  } catch {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @throws Error where the folder says that it was made for another device than this machine's CPU. */
function assertLoadable(folder: string): void {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) return;
  const manifest = manifestSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  const why = manifest.success ? mismatch(manifest.data, cpu) : `its manifest is damaged: ${manifest.error.message}`;
  if (why !== null) throw new Error(`${folder} cannot be served here: ${why}; prepare it again for this machine`);
}

interface ChildFailure {
  code?: number | string;
  signal?: string;
  killed?: boolean;
  stderr?: string;
}

/** 137 is what a shell makes of SIGKILL, which nobody but the kernel sends a conversion when memory is out. */
function reasonOf(error: ChildFailure): string {
  if (error.killed) return `still running after ${CONVERSION_TIMEOUT_MS / 60_000} minutes`;
  if (error.code === 137 || error.signal === 'SIGKILL') {
    return 'it was killed, which is what running out of memory looks like; free memory or prepare on a larger machine';
  }
  return (error.stderr ?? String(error)).trim().split('\n').slice(-3).join(' | ');
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** SHA-256 over the names and bytes of a file or of all files below a folder. */
export function contentHash(path: string): string {
  const hash = createHash('sha256');
  const add = (file: string, name: string) => {
    if (statSync(file).isDirectory()) {
      for (const child of readdirSync(file).sort()) add(join(file, child), `${name}/${child}`);
    } else {
      hash.update(`${name}\0`).update(createHash('sha256').update(readFileSync(file)).digest());
    }
  };
  add(path, basename(path));
  return hash.digest('hex');
}
