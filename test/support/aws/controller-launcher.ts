/** Controllers of the loopback AWS as processes of this machine: what the image runs, from a build. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type RunningTask, runningIn, type TaskLauncher, type TaskSeat } from './task-launcher.ts';

const HANGS = "process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000)";
const program = join(import.meta.dirname, 'mortal-aws-task.mjs');

export interface ControllerDeath {
  at: number;
  side?: 'before' | 'after';
}

export class ControllerLauncher implements TaskLauncher {
  private readonly children = new Set<ChildProcess>();
  /** Of the next ones, in their order; those after it live. */
  readonly deaths: ControllerDeath[] = [];
  /** Whether the next ones do nothing at all, and hear nothing. */
  hangs = false;
  /** Whether their pauses are what moves the clock. */
  movesTime = true;
  /** What each said on stderr, its arguments first. */
  readonly said: string[] = [];
  private readonly environment: () => Record<string, string>;

  /** @param environment so that it reaches AWS, the role of its task and the clock */
  constructor(environment: () => Record<string, string>) {
    this.environment = environment;
  }

  get alive(): number {
    return this.children.size;
  }

  start({ command }: TaskSeat): RunningTask {
    const { at, side = 'after' } = this.deaths.shift() ?? { at: 0 };
    const own = this.hangs ? ['-e', HANGS] : [program, String(at), side, ...command];
    const child = spawn(process.execPath, own, {
      env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...this.environment() },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const index = this.said.push(`${command.join(' ')}: `) - 1;
    child.stderr.on('data', (d: Buffer) => {
      this.said[index] += d.toString();
    });
    return runningIn(child, this.children);
  }

  /** As out of memory would. */
  kill(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }
}
