/** The servers that clients are compared against: alone on the first core, with the same answer. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../lib/local/free-port.ts';
import { SMALL_ANSWER } from './small-answer.ts';

const CORE = '0';

export interface Target {
  url: string;
  stop(): Promise<void>;
}

export function nginxIsHere(): boolean {
  return spawnSync('nginx', ['-v']).error === undefined;
}

/**
 * Resolves once it listens.
 * @throws Error when `kind` is neither `nginx` nor `node`.
 */
export async function startTarget(kind: string, root: string, folder: string): Promise<Target> {
  if (kind !== 'nginx' && kind !== 'node') throw new Error(`no server ${kind}; there are nginx, node`);
  const [port, child] = kind === 'nginx' ? await startNginx(folder) : await startNode(root);
  const stop = async () => {
    const gone = once(child, 'close');
    child.kill();
    await gone;
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

async function startNode(root: string): Promise<[number, ChildProcess]> {
  const script = join(root, 'dist', 'bench', 'target.js');
  const child = spawn('taskset', ['-c', CORE, process.execPath, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve) => child.stdout.once('data', (d) => resolve(Number(d))));
  return [port, child];
}

/** One worker that reads bodies into memory, answers from its configuration and keeps connections for ever. */
async function startNginx(folder: string): Promise<[number, ChildProcess]> {
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${folder}/${n};`);
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 2048; multi_accept on; }
http {
  access_log off; client_body_buffer_size 64k; keepalive_timeout 600s; keepalive_requests 1000000000;
  ${temporary.join(' ')}
  server { listen 127.0.0.1:${port}; location / { default_type application/json; return 200 '${SMALL_ANSWER}'; } }
}
`,
  );
  const child = spawn('taskset', ['-c', CORE, 'nginx', '-e', `${folder}/error.log`, '-c', file], { stdio: 'inherit' });
  for (let i = 0; i < 100; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
    if (answer?.ok) return [port, child];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill();
  throw new Error('nginx did not answer within five seconds');
}
