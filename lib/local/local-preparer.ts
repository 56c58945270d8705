/** Preparation on this machine: the runtime's environment, and the model as an artifact named by its content. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Preparation } from '../core/plan/plan.ts';
import type { Preparer, PrepareState } from '../core/ports/preparer.ts';
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
    if (preparation.kind === 'file') return { path: source, sha256, cached: true };
    const { script, environment } = conversions[preparation.kind];
    const scriptFile = join(this.options.scripts, script);
    const identity = createHash('sha256')
      .update(`${preparation.kind}\n${sha256}\n${contentHash(scriptFile)}`)
      .digest('hex');
    const folder = join(this.options.cache, 'artifacts', `${preparation.kind}-${identity.slice(0, 16)}`);
    if (existsSync(folder)) return { path: folder, sha256, cached: true };
    const python = await this.environment(environment, say);
    say(`${preparation.kind}: converting`);
    const temporary = `${folder}.tmp-${process.pid}`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    const env = python.pythonPath === null ? process.env : { ...process.env, PYTHONPATH: python.pythonPath };
    try {
      await run(python.python, [scriptFile, source, temporary], { timeout: CONVERSION_TIMEOUT_MS, env });
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      const { stderr } = error as { stderr?: string };
      throw new Error(`${script} failed: ${(stderr ?? String(error)).trim().split('\n').slice(-3).join(' | ')}`);
    }
    renameSync(temporary, folder);
    return { path: folder, sha256, cached: false };
  }
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
