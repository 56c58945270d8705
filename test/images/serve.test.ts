/** The entry of every image, run as it is: on this machine instead of in a container. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../lib/local/free-port.ts';
import { findPython } from '../../lib/local/python.ts';
import { waitForOk } from '../support/http-wait.ts';

const containers = join(import.meta.dirname, '..', '..', 'containers');
const folder = mkdtempSync(join(tmpdir(), 'infersweep-serve-'));
const { command: python } = await findPython();
const children: ChildProcess[] = [];

// As in an image: /opt/kit holds `serve` and `server/`; `tritonserver` is a stand-in that writes down how it was called.
const kit = join(folder, 'kit');
mkdirSync(kit);
writeFileSync(join(kit, 'serve'), readFileSync(join(containers, 'images', 'serve')));
symlinkSync(join(containers, 'server'), join(kit, 'server'));
const bin = join(folder, 'bin');
mkdirSync(bin);
writeFileSync(join(bin, 'tritonserver'), '#!/bin/sh\necho "$$"; printf "%s\\n" "$@"\n', { mode: 0o755 });
const repository = join(folder, 'repository');
mkdirSync(join(repository, 'bert', '1'), { recursive: true });

function start(args: string[], environment: Record<string, string>) {
  const env = { PATH: `${bin}:${process.env['PATH']}`, INFERSWEEP_HOST: '127.0.0.1', ...environment };
  const child = spawn(python, [join(kit, 'serve'), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (d) => (out.stdout += d));
  child.stderr.on('data', (d) => (out.stderr += d));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, out, ended };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('serve', () => {
  it.each([[[]], [['serve']]])('with %j replaces itself by the server, which drains on SIGTERM', async (args) => {
    const port = await freePort();
    const environment = {
      INFERSWEEP_ADAPTER: 'reference',
      INFERSWEEP_MODEL_NAME: 'named',
      INFERSWEEP_BATCHING: '{"maxBatchSize": 4}',
      INFERSWEEP_PORT: '1',
      SAGEMAKER_BIND_TO_PORT: String(port),
    };
    const { child, out, ended } = start(args, environment);
    await waitForOk(`http://127.0.0.1:${port}/ping`);
    const healthy = start(['health'], environment);
    expect(await healthy.ended).toBe(0);
    const stats = await fetch(`http://127.0.0.1:${port}/v2/models/named/stats`).then(
      (r) => r.json() as Promise<{ process: { pid: number } }>,
    );
    expect(stats.process.pid).toBe(child.pid);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(out.stderr).toContain('stopped');
    expect(await start(['health'], environment).ended).toBe(1);
  });

  it('takes a complete configuration file instead', async () => {
    const port = await freePort();
    const config = join(folder, 'config.json');
    writeFileSync(config, JSON.stringify({ model: { name: 'm' }, adapter: 'reference', port, dieWithParent: false }));
    start([], { INFERSWEEP_CONFIG: config, INFERSWEEP_ADAPTER: 'unknown' });
    await waitForOk(`http://127.0.0.1:${port}/v2/models/m/ready`);
  });

  it.each([
    [{}, 'INFERSWEEP_ADAPTER is not set'],
    [{ INFERSWEEP_ADAPTER: 'reference', INFERSWEEP_PARAMETERS: '{' }, 'INFERSWEEP_PARAMETERS is not JSON'],
    [{ INFERSWEEP_ADAPTER: 'reference', INFERSWEEP_BATCHING: '[1]' }, 'INFERSWEEP_BATCHING must be a JSON object'],
    [{ INFERSWEEP_ADAPTER: 'reference', INFERSWEEP_PORT: '-1' }, "from 0 to 65535, not '-1'"],
    [{ INFERSWEEP_SERVER: 'triton' }, 'there is no model repository'],
  ])('refuses %j in one line', async (environment, why) => {
    const { out, ended } = start([], environment as unknown as Record<string, string>);
    expect(await ended).toBe(2);
    expect(out.stderr).toContain(why);
    expect(out.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('refuses arguments it does not know', async () => {
    const { out, ended } = start(['server'], {});
    expect([await ended, out.stderr]).toEqual([2, 'serve: unknown arguments server; allowed: none, serve, health\n']);
  });
});

describe('serve in the Triton image', () => {
  const triton = { INFERSWEEP_SERVER: 'triton', INFERSWEEP_MODEL: repository };

  it('starts Triton by exec, without the batching that it would add by itself', async () => {
    const { child, out, ended } = start([], { ...triton, INFERSWEEP_TRITON_ARGUMENTS: '["--http-thread-count=4"]' });
    expect(await ended).toBe(0);
    const [pid, ...args] = out.stdout.trim().split('\n');
    expect(Number(pid)).toBe(child.pid);
    expect(args).toContain('--disable-auto-complete-config');
    expect(args).toContain('--http-port=8080');
    expect(args).not.toContain('--allow-sagemaker=true');
    expect(args.at(-1)).toBe('--http-thread-count=4');
  });

  it('speaks to SageMaker alone there, and loads the only model', async () => {
    const { out, ended } = start(['serve'], triton);
    expect(await ended).toBe(0);
    const args = out.stdout.trim().split('\n');
    for (const wanted of [
      '--allow-sagemaker=true',
      '--allow-http=false',
      '--sagemaker-port=8080',
      '--load-model=bert',
    ]) {
      expect(args).toContain(wanted);
    }
  });

  it('asks which model where there are several', async () => {
    const several = join(folder, 'several');
    for (const name of ['a', 'b']) mkdirSync(join(several, name), { recursive: true });
    const { out, ended } = start(['serve'], { ...triton, INFERSWEEP_MODEL: several });
    expect(await ended).toBe(2);
    expect(out.stderr).toContain('holds a, b: name one model in SAGEMAKER_TRITON_DEFAULT_MODEL_NAME');
    const named = start(['serve'], { ...triton, INFERSWEEP_MODEL: several, SAGEMAKER_TRITON_DEFAULT_MODEL_NAME: 'b' });
    await named.ended;
    expect(named.out.stdout).toContain('--load-model=b');
  });
});
