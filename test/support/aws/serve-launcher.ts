/** The images' own entry (`containers/images/serve`) as processes of this machine, for each container of a start document. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostLauncher } from './host-launcher.ts';

const containers = join(import.meta.dirname, '..', '..', '..', 'containers');

export class ServeLauncher implements HostLauncher {
  private readonly kit = mkdtempSync(join(tmpdir(), 'infersweep-host-'));
  private readonly python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).trim();
  private readonly children = new Set<ChildProcess>();

  constructor() {
    copyFileSync(join(containers, 'images', 'serve'), join(this.kit, 'serve'));
    symlinkSync(join(containers, 'server'), join(this.kit, 'server'));
  }

  boot({ address, start, say, log }: Parameters<HostLauncher['boot']>[0]): ReturnType<HostLauncher['boot']> {
    let over = false;
    const fail = (reason: string) => {
      if (over) return;
      say('failed', { reason });
      over = true;
    };
    say('booted', { driver: null });
    const own = (start?.containers ?? []).map(({ name, environment }) => {
      const env = { PATH: process.env['PATH'], INFERSWEEP_HOST: address, ...environment };
      const child = spawn(this.python, [join(this.kit, 'serve')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      this.children.add(child);
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (text: Buffer) => {
          for (const line of text.toString().split('\n').filter(Boolean)) log(name, line);
        });
      }
      child.on('close', (code, signal) => {
        this.children.delete(child);
        if (!healthy)
          fail(`container ${name} ended with ${signal === null ? `exit code ${code}` : `signal ${signal}`}`);
      });
      return child;
    });
    if (start === null) fail('no start document');
    let healthy = false;
    const watch = setInterval(() => {
      if (over) return clearInterval(watch);
      const asked = request(`http://${address}:8080/v2/health/ready`, { agent: false, timeout: 1000 }, (answer) => {
        answer.resume();
        if (answer.statusCode !== 200 || healthy) return;
        healthy = true;
        say('ready');
        clearInterval(watch);
      });
      asked.on('error', () => undefined).end();
    }, 50);
    return {
      ended: () => over,
      stop: () => {
        over = true;
        clearInterval(watch);
        for (const child of own) child.kill('SIGKILL');
      },
    };
  }

  /** Whatever is still there. */
  close(): void {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.kit, { recursive: true, force: true });
  }
}
