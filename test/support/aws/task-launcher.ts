/** What runs in a task of the loopback AWS. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { pinned } from '../../../lib/local/cores.ts';

export interface TaskSeat {
  /** ARN of its definition. */
  definition: string;
  /** Of its container override: the arguments. */
  command: readonly string[];
}

export interface RunningTask {
  /** Exit code of its container; null while it runs. */
  exitCode(): number | null;
  tick?(secondsRunning: number): void;
  /** SIGTERM. */
  terminate(): void;
  kill(): void;
}

export interface TaskLauncher {
  start(seat: TaskSeat): RunningTask;
}

const root = join(import.meta.dirname, '..', '..', '..');

/** The task of a process, which is among `children` while it runs. */
export function runningIn(child: ChildProcess, children: Set<ChildProcess>): RunningTask {
  children.add(child);
  let code: number | null = null;
  child.on('exit', (exit) => {
    children.delete(child);
    code = exit ?? 137;
  });
  return {
    exitCode: () => code,
    terminate: () => void child.kill('SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
  };
}

export interface LoadgenLauncherOptions {
  /** That the processes are kept to, where the system can. */
  cores?: readonly number[];
  /** Each waits for the one before: on AWS it would have a machine of its own. */
  oneAtATime?: boolean;
}

/** The image's own files as processes of this machine: bundled as `npm run bundle:loadgen` does, from a build. */
export class LoadgenLauncher implements TaskLauncher {
  private readonly app = mkdtempSync(join(tmpdir(), 'infersweep-loadgen-'));
  private readonly children = new Set<ChildProcess>();
  /** So that the bucket can be reached. */
  environment: Record<string, string> = {};

  private readonly o: LoadgenLauncherOptions;

  constructor(o: LoadgenLauncherOptions = {}) {
    this.o = o;
    execFileSync(process.execPath, [join(root, 'containers', 'loadgen', 'bundle.mjs'), this.app], { timeout: 60_000 });
  }

  start({ command: [key] }: TaskSeat): RunningTask {
    const env = {
      ...this.environment,
      PATH: process.env['PATH'],
      NODE_NO_WARNINGS: '1',
      INFERSWEEP_BUCKET: 'results',
      INFERSWEEP_PREFIX: 'load/',
      INFERSWEEP_PROGRESS_MS: '100',
    };
    const own = [process.execPath, join(this.app, 'run.mjs'), key!];
    // A lock of the file system goes with its holder.
    const turn = this.o.oneAtATime ? ['flock', '--no-fork', join(this.app, 'turn')] : [];
    const [command, ...args] = pinned(this.o.cores ?? [], [...turn, ...own]);
    const child = spawn(command!, args, {
      env,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    return runningIn(child, this.children);
  }

  /** Whatever is still there. */
  close(): void {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.app, { recursive: true, force: true });
  }
}

/** Without processes: after so many virtual seconds it has written a result, or has ended otherwise. */
export function scriptedTasks(
  store: ObjectStore,
  script: (seat: TaskSeat) => { seconds: number; result?: unknown; error?: string; exitCode?: number },
): TaskLauncher {
  return {
    start(seat) {
      const { seconds, result, error, exitCode = 0 } = script(seat);
      let code: number | null = null;
      const end = (now: number) => {
        code = now;
        if (result !== undefined) void store.put(`load/${seat.command[0]}/result.json`, JSON.stringify(result));
        if (error !== undefined) void store.put(`load/${seat.command[0]}/error.txt`, error);
      };
      return {
        exitCode: () => code,
        tick: (running) => {
          if (code === null && running >= seconds) end(exitCode);
        },
        terminate: () => {
          if (code === null) end(0);
        },
        kill: () => {
          code ??= 137;
        },
      };
    },
  };
}
