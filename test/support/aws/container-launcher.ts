/** What an image of the kit would run, as a process of this machine: the images' own entry, started SageMaker's way. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinned } from '../../../lib/local/cores.ts';
import { freePort } from '../../../lib/local/free-port.ts';

export interface ContainerStart {
  image: string;
  environment: Record<string, string>;
  /** What SageMaker unpacks to `/opt/ml/model`; null without a model. */
  modelFolder: string | null;
  log(line: string): void;
}

export interface RunningContainer {
  /** Where it listens, or will. */
  url: string;
  /** It ended by itself. */
  ended(): boolean;
  stop(): Promise<void>;
}

export type ContainerLauncher = (container: ContainerStart) => Promise<RunningContainer>;

const containers = join(import.meta.dirname, '..', '..', '..', 'containers');

export interface Interpreter {
  python: string;
  /** Folder of packages besides the interpreter's own. */
  pythonPath: string | null;
}

/**
 * The kit's server on an interpreter that has the runtime's packages. `close` ends whatever still runs.
 *
 * @param cores that the servers are kept to, where the system can
 */
export function kitServers(
  interpreter?: Interpreter,
  cores: readonly number[] = [],
): { launcher: ContainerLauncher; close: () => void } {
  const kit = mkdtempSync(join(tmpdir(), 'infersweep-container-'));
  copyFileSync(join(containers, 'images', 'serve'), join(kit, 'serve'));
  symlinkSync(join(containers, 'server'), join(kit, 'server'));
  const ask = ['-c', 'import sys; print(sys.executable)'];
  const python = interpreter?.python ?? execFileSync('python3', ask, { encoding: 'utf8' }).trim();
  const children = new Set<ChildProcess>();
  const launcher: ContainerLauncher = async ({ environment, modelFolder, log }) => {
    const port = await freePort();
    const env = {
      PATH: process.env['PATH'],
      PYTHONDONTWRITEBYTECODE: '1',
      ...(interpreter?.pythonPath ? { PYTHONPATH: interpreter.pythonPath } : {}),
      ...environment,
      ...(modelFolder === null ? {} : { INFERSWEEP_MODEL: modelFolder }),
      INFERSWEEP_HOST: '127.0.0.1',
      SAGEMAKER_BIND_TO_PORT: String(port),
    };
    const [command, ...args] = pinned(cores, [python, join(kit, 'serve'), 'serve']);
    const child = spawn(command!, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        for (const line of text.toString().split('\n').filter(Boolean)) log(line);
      });
    }
    const over = new Promise<void>((resolve) => {
      child.on('close', () => {
        children.delete(child);
        resolve();
      });
    });
    return {
      url: `http://127.0.0.1:${port}`,
      ended: () => !children.has(child),
      stop: () => {
        child.kill('SIGKILL');
        return over;
      },
    };
  };
  return {
    launcher,
    close: () => {
      for (const child of children) child.kill('SIGKILL');
      rmSync(kit, { recursive: true, force: true });
    },
  };
}
