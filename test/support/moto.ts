/** AWS emulated by moto on loopback, a fresh server for each user, and the real CDK command line against it. */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../lib/local/free-port.ts';
import { root } from './cli.ts';
import { environmentIn, toolLocks } from './environment.ts';

const run = promisify(execFile);
const cli = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');

export const account = '123456789012';
export const region = 'us-east-1';

export interface Moto {
  /** The CDK command line against this server. @throws with its output when it fails or hangs. */
  cdk(args: string[], timeoutSeconds?: number): Promise<string>;
  /** A Python program beside the tests, with boto3 pointed at this server; its standard output. */
  python(file: string, args: string[], timeoutSeconds?: number): Promise<string>;
  stop(): void;
}

/** @param state folder for what the command lines write */
export async function startMoto(state: string): Promise<Moto> {
  const { python, pythonPath } = await environmentIn('moto', toolLocks);
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    HOME: state,
    // Not 127.0.0.1: moto takes the first part of the host for a bucket.
    AWS_ENDPOINT_URL: `http://localhost:${port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CI: 'true',
    // The policies have tests of their own, and double the time of a synthesis.
    CDK_VALIDATION: 'false',
    NO_COLOR: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    ...(pythonPath === null ? {} : { PYTHONPATH: pythonPath }),
  };
  const server = spawn(python, [join(root, 'test', 'moto', 'launch.py'), '-H', '127.0.0.1', '-p', String(port)], {
    env: { ...env, MOTO_ACCOUNT_ID: account },
    stdio: 'ignore',
  });
  await answering(`http://localhost:${port}/moto-api/data.json`, () => server.exitCode === null);

  const call = async (command: string, args: string[], timeoutSeconds: number) => {
    const options = {
      env,
      cwd: state,
      timeout: timeoutSeconds * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 26,
    } as const;
    try {
      return (await run(command, args, options)).stdout;
    } catch (error) {
      const { killed, stdout, stderr } = error as { killed: boolean; stdout: string; stderr: string };
      const how = killed ? `was still running after ${timeoutSeconds} s` : 'failed';
      throw new Error(`${args.slice(0, 4).join(' ')} ${how}:\n${stdout}\n${stderr}`.slice(0, 6000));
    }
  };
  return {
    cdk: (args, timeoutSeconds = 300) => call(process.execPath, [cli, ...args, '--no-notices'], timeoutSeconds),
    python: (file, args, timeoutSeconds = 120) => call(python, [file, ...args], timeoutSeconds),
    stop: () => void server.kill('SIGKILL'),
  };
}

async function answering(url: string, alive: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && alive(); tries++) {
    const ok = await fetch(url).then(
      (r) => r.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no answer from ${url}`);
}
