/** A target whose deployments are real servers that misbehave: which way, the configuration's name says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../../lib/core/ports/target.ts';
import { allowedCores, pinned, splitCores } from '../../lib/local/cores.ts';

const entry = join(import.meta.dirname, 'misbehaving-server.mjs');

export function misbehavingTarget(folder: string): Target {
  const children = new Map<string, ChildProcess>();
  const announceOf = (name: string) => join(folder, `${name}.json`);
  return {
    preflight: async () => [],
    async deploy({ name, deployment }) {
      const mode = deployment.configuration.name;
      const [command, ...args] = pinned(splitCores(allowedCores(), 1).server, [
        process.execPath,
        entry,
        mode,
        announceOf(name),
      ]);
      children.set(name, spawn(command!, args, { stdio: ['pipe', 'ignore', 'inherit'] }));
    },
    async ready(name) {
      const base = { reason: null, startupSeconds: 1, facts: {} };
      if (!existsSync(announceOf(name))) return { ...base, state: 'starting', url: null };
      const { port } = JSON.parse(readFileSync(announceOf(name), 'utf8')) as { port: number };
      return { ...base, state: 'ready', url: `http://127.0.0.1:${port}` };
    },
    logs: async () => '',
    async destroy(name) {
      children.get(name)?.kill('SIGKILL');
      children.delete(name);
    },
    list: async () => [...children.keys()].map((name) => ({ kind: 'process', id: name, name })),
  };
}
