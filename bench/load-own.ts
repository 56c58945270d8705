/** The kit's load engine as a client of `bench/load.ts`: in one thread or several. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadJob, LoadResult } from '../lib/core/load/job.ts';
import { closedLoopJob } from './closed-loop-job.ts';

export interface Run {
  requests: number;
  /** Of the whole process, start-up included. */
  cpuSeconds: number;
}

/** Runs a command on the given cores. */
export type RunOn = (cores: string, command: string[]) => Promise<{ stdout: string; cpuSeconds: number }>;

export interface OwnVariant {
  cores: string;
  workers?: number;
}

export function ownClient(root: string, folder: string, body: string, run: RunOn, variant: OwnVariant) {
  const { cores, workers } = variant;
  return async (url: string, users: number, seconds: number): Promise<Run> => {
    const files = ['job', 'result', 'progress'].map((name) => join(folder, `${name}.json`));
    const plain = closedLoopJob({
      id: 'bench',
      url,
      users,
      body,
      seconds,
      headSeconds: 0,
      timeoutMs: 10_000,
      statsPath: null,
    });
    const job: LoadJob = { ...plain, ...(workers === undefined ? {} : { workers }) };
    writeFileSync(files[0]!, JSON.stringify(job));
    const { cpuSeconds } = await run(cores, [process.execPath, join(root, 'dist', 'lib/load/main.js'), ...files]);
    const [segment] = (JSON.parse(readFileSync(files[1]!, 'utf8')) as LoadResult).segments;
    if (segment!.good !== segment!.requests) throw new Error(`errors: ${JSON.stringify(segment!.errors)}`);
    return { requests: segment!.good, cpuSeconds };
  };
}
