/** The load generator of a laptop run: the load engine in a process of its own, on the client's core. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadJob } from '../core/load/job.ts';
import type { LoadGenerator, LoadProgress, LoadState } from '../core/ports/load-generator.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import { pinned } from './cores.ts';
import { writeDurably } from './durable-write.ts';

export interface LoadProcessOptions {
  /** Entry file of the load engine. */
  entry: string;
  /** Folder for jobs, results and progress. */
  folder: string;
  store: ObjectStore;
  /** Cores the generator runs on. */
  cores: readonly number[];
  /** Short stable name of a job id. */
  nameOf(id: string): string;
}

export class LoadProcess implements LoadGenerator {
  private readonly options: LoadProcessOptions;
  private readonly children = new Map<
    string,
    { child: ChildProcess; stderr: string; exit: number | null | undefined }
  >();

  constructor(options: LoadProcessOptions) {
    this.options = options;
  }

  async start(job: LoadJob): Promise<string> {
    const handle = this.options.nameOf(job.id);
    if (this.children.has(handle) || existsSync(this.file(handle, 'result'))) return handle;
    mkdirSync(join(this.options.folder, handle), { recursive: true });
    writeDurably(this.file(handle, 'job'), JSON.stringify(job));
    const [command, ...args] = pinned(this.options.cores, [
      process.execPath,
      this.options.entry,
      this.file(handle, 'job'),
      this.file(handle, 'result'),
      this.file(handle, 'progress'),
    ]);
    // The child ends when its standard input closes, so it cannot outlive this process.
    const child = spawn(command!, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    const state = { child, stderr: '', exit: undefined as number | null | undefined };
    child.stdin!.on('error', () => undefined);
    child.stderr!.on('data', (d: Buffer) => {
      state.stderr = (state.stderr + d.toString()).slice(-2000);
    });
    child.on('error', (error) => {
      state.stderr += error.message;
      state.exit = -1;
    });
    child.on('exit', (code) => {
      state.exit = code;
    });
    this.children.set(handle, state);
    return handle;
  }

  async check(handle: string): Promise<LoadState> {
    if (existsSync(this.file(handle, 'result'))) {
      const resultKey = `load/${handle}.json`;
      await this.options.store.put(resultKey, readFileSync(this.file(handle, 'result'), 'utf8'));
      return { state: 'done', resultKey };
    }
    const state = this.children.get(handle);
    if (!state) return { state: 'lost' };
    if (state.exit === undefined) return { state: 'running', progress: this.progress(handle) };
    return state.exit === 0 || state.exit === null
      ? { state: 'lost' }
      : { state: 'failed', reason: `exit ${state.exit}: ${state.stderr.trim()}` };
  }

  async stop(handle: string): Promise<void> {
    const state = this.children.get(handle);
    if (!state || state.exit !== undefined) return;
    state.child.kill('SIGTERM');
  }

  private progress(handle: string): LoadProgress | null {
    try {
      const p = JSON.parse(readFileSync(this.file(handle, 'progress'), 'utf8'));
      return {
        segment: p.segment,
        segmentsDone: p.segmentsDone,
        segmentsTotal: p.segmentsTotal,
        ratePerSecond: p.ratePerSecond,
        p95Ms: p.p95Ms,
        errors: p.errors,
      };
    } catch {
      return null; // not written yet
    }
  }

  private file(handle: string, what: 'job' | 'result' | 'progress'): string {
    return join(this.options.folder, handle, `${what}.json`);
  }
}
