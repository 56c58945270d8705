/** A target whose deployments are real servers that misbehave: which way, the configuration's name says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../../lib/core/ports/target.ts';
import { allowedCores, pinned, splitCores } from '../../lib/local/cores.ts';

const script = (name: string) => join(import.meta.dirname, name);

/** One mode needs a limit of its memory, which a process of Node cannot live under. */
const serverOf = (mode: string) =>
  mode === 'leaks'
    ? ['python3', script('leaking-server.py')]
    : [process.execPath, script('misbehaving-server.mjs'), mode];

export function misbehavingTarget(folder: string): Target {
  const children = new Map<string, ChildProcess>();
  const logOf = (name: string) => join(folder, `${name}.log`);
  const announceOf = (name: string) => join(folder, `${name}.json`);
  return {
    preflight: async () => [],
    async deploy({ name, deployment }) {
      const mode = deployment.configuration.name;
      const [command, ...args] = pinned(splitCores(allowedCores(), 1).server, [...serverOf(mode), announceOf(name)]);
      children.set(name, spawn(command!, args, { stdio: ['pipe', 'ignore', openSync(logOf(name), 'a')] }));
      return { state: 'accepted', acceptedAtMs: Date.now() };
    },
    async ready(name) {
      const base = { reason: null, startupSeconds: 1, facts: {} };
      const exitCode = children.get(name)?.exitCode;
      if (exitCode != null) return { ...base, state: 'failed', reason: `ended with ${exitCode}`, url: null };
      if (!existsSync(announceOf(name))) return { ...base, state: 'starting', url: null };
      const { port } = JSON.parse(readFileSync(announceOf(name), 'utf8')) as { port: number };
      return { ...base, state: 'ready', url: `http://127.0.0.1:${port}` };
    },
    logs: async (name) => readFileSync(logOf(name), 'utf8'),
    async destroy(name) {
      children.get(name)?.kill('SIGKILL');
      children.delete(name);
    },
    list: async () => [...children.keys()].map((name) => ({ kind: 'process', id: name, name, endCommand: 'kill' })),
  };
}
