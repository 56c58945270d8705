/** One synth in a process of its own, timed from outside and by what it cost the processor. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Cost {
  /** Of the processor, in the program and in the kernel, all threads. */
  cpuMs: number;
  wallMs: number;
}

/** npm runs scripts, and vitest tests, in the folder of the package. */
const root = process.cwd();
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: object };
/** Reports on a channel of its own, whatever the app prints. */
const REPORT =
  'data:text/javascript,import{writeSync}from"node:fs";process.on("exit",()=>{const{user,system}=process.cpuUsage();writeSync(3,String((user+system)/1000))})';

/** Runs `node dist/<entry> …args` with the feature flags of cdk.json. @throws when the synth fails */
export function timedSynth(entry: string, args: string[], validation: boolean, keepIn?: string): Cost {
  const out = keepIn ?? mkdtempSync(join(tmpdir(), 'infersweep-bench-'));
  const started = performance.now();
  const ran = spawnSync(process.execPath, ['--import', REPORT, join(root, 'dist', entry), ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 240_000,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      CDK_OUTDIR: out,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      ...(validation ? {} : { CDK_VALIDATION: 'false' }),
    },
  });
  const wallMs = performance.now() - started;
  if (keepIn === undefined) rmSync(out, { recursive: true, force: true });
  if (ran.status !== 0)
    throw new Error(`${entry} ${args.join(' ')} ended with ${ran.status ?? ran.error}:\n${ran.stderr}`);
  return { cpuMs: Number(ran.output[3]), wallMs };
}
