/** Runs a script of a host with nothing on its PATH but stubs that write down how they were called. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ran {
  code: number | null;
  /** `<command> <arguments>`, in order. */
  calls: string[];
  stderr: string;
}

export class StubCommands {
  readonly folder = mkdtempSync(join(tmpdir(), 'infersweep-stubs-'));
  private readonly log = join(this.folder, 'calls.log');

  /** @param behaviour bash, run after the call is written down; `$*` are its arguments, `$STUBS` this folder */
  add(command: string, behaviour = ':'): this {
    const file = join(this.folder, command);
    writeFileSync(file, `#!/bin/bash\nprintf '%s\\n' "${command} $*" >> "$STUBS/calls.log"\n${behaviour}\n`);
    chmodSync(file, 0o755);
    return this;
  }

  write(name: string, content: string): string {
    writeFileSync(join(this.folder, name), content);
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  async run(command: string, args: string[], env: Record<string, string> = {}): Promise<Ran> {
    const child = spawn(command, args, {
      env: { ...env, PATH: this.folder, STUBS: this.folder },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 20_000,
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise<number | null>((done) => child.on('close', done));
    const calls = existsSync(this.log) ? readFileSync(this.log, 'utf8').trimEnd().split('\n') : [];
    return { code, calls, stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
