/** Runs the built command line as a stranger would: as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { listProcesses } from '../../lib/local/processes.ts';

export const root = join(import.meta.dirname, '..', '..');
const entry = join(root, 'dist', 'bin', 'kit.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves when stdout holds the text; rejects when the process ends without it. */
  printed(text: string): Promise<void>;
}

export function start(args: string[], o: { cwd: string; env?: NodeJS.ProcessEnv }): Running {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: o.cwd,
    env: { ...process.env, ...o.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const waiting: (() => void)[] = [];
  child.stdout.on('data', (d: Buffer) => {
    stdout += d.toString();
    for (const look of waiting) look();
  });
  child.stderr.on('data', (d: Buffer) => {
    stderr += d.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    ended,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (stdout.includes(text)) resolve();
        };
        waiting.push(look);
        look();
        void ended.then((e) => reject(new Error(`ended with ${e.code} before printing ${text}:\n${e.stderr}`)));
      }),
  };
}

export const kit = (args: string[], o: { cwd: string; env?: NodeJS.ProcessEnv }): Promise<Ended> =>
  start(args, o).ended;

/** Processes of the kit's servers and generators that a folder's runs left behind. */
export function leftovers(folder: string): string[] {
  return listProcesses()
    .filter((p) => p.pid !== process.pid && p.args.some((a) => a.includes(folder)))
    .map((p) => `${p.pid} ${p.args.join(' ')}`);
}
