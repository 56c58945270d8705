/** What this machine offers a run, each finding with what to do about it. */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { allowedCores, canPin } from './cores.ts';
import { findPython } from './python.ts';

const run = promisify(execFile);

export interface Finding {
  name: string;
  state: 'ok' | 'warning' | 'missing';
  value: string;
  fix: string | null;
}

export async function examineMachine(cache: string): Promise<Finding[]> {
  return [node(), await python(), await installer(), cores(), pinning(), memory(), cacheFolder(cache)];
}

function node(): Finding {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const good = major! > 20 || (major === 20 && minor! >= 19);
  return {
    name: 'Node',
    state: good ? 'ok' : 'missing',
    value: process.versions.node,
    fix: good ? null : 'install Node 20.19 or later',
  };
}

async function python(): Promise<Finding> {
  try {
    const { command, version } = await findPython();
    return { name: 'Python', state: 'ok', value: `${version} (${command})`, fix: null };
  } catch (error) {
    return {
      name: 'Python',
      state: 'missing',
      value: 'none usable',
      fix: error instanceof Error ? error.message : String(error),
    };
  }
}

async function installer(): Promise<Finding> {
  const works = (command: string, args: string[]) =>
    run(command, args, { timeout: 20_000 }).then(
      () => true,
      () => false,
    );
  const interpreter = await findPython().then(
    (p) => p.command,
    () => 'python3',
  );
  const found = (await works('uv', ['--version']))
    ? 'uv'
    : (await works(interpreter, ['-c', 'import venv, ensurepip']))
      ? 'venv'
      : (await works(interpreter, ['-m', 'pip', '--version']))
        ? 'pip --target'
        : null;
  return found === null
    ? { name: 'environments', state: 'missing', value: 'no uv, venv or pip', fix: 'install python3-venv, or uv' }
    : { name: 'environments', state: 'ok', value: `made with ${found}`, fix: null };
}

function cores(): Finding {
  const n = allowedCores().length;
  return n >= 2
    ? { name: 'cores', state: 'ok', value: `${n}: 1 for the client, up to ${n - 1} for a server`, fix: null }
    : { name: 'cores', state: 'warning', value: '1', fix: 'client and server share it; figures will be client-bound' };
}

function pinning(): Finding {
  return canPin()
    ? { name: 'pinning', state: 'ok', value: 'taskset', fix: null }
    : {
        name: 'pinning',
        state: 'warning',
        value: 'no taskset',
        fix: 'client and server may share cores; on Debian: apt-get install util-linux',
      };
}

function memory(): Finding {
  const gib = totalmem() / 2 ** 30;
  return {
    name: 'memory',
    state: gib >= 2 ? 'ok' : 'warning',
    value: `${gib.toFixed(1)} GiB`,
    fix: gib >= 2 ? null : 'models with torch want 2 GiB',
  };
}

function cacheFolder(cache: string): Finding {
  let folder = cache;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    return { name: 'cache', state: 'ok', value: cache, fix: null };
  } catch {
    return {
      name: 'cache',
      state: 'missing',
      value: `${cache} is not writable`,
      fix: 'set INFERSWEEP_CACHE to a folder you may write',
    };
  }
}
