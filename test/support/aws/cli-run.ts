/**
 * The built command line against the loopback AWS: processes of their own that read the loopback from their environment
 * and wait by moving its clock.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measurement } from '../../../lib/core/measure/measurement.ts';
import type { Plan } from '../../../lib/core/plan/plan.ts';
import type { Receipt } from '../../../lib/core/report/receipt.ts';
import { type Ended, root } from '../cli.ts';
import { CloudRun, type CloudRunOptions } from './cloud-run.ts';

const TASK_CLOCK = '/task';
const controller = join(root, 'test', 'support', 'aws', 'mortal-aws-controller.mjs');

export interface CliRunOptions extends CloudRunOptions {
  /** How a terminal's pause passes. @default the clock of the loopback is moved */
  wait?: (cloud: CloudRun, seconds: number) => Promise<void>;
  /** Folder of files besides the experiment. @default - two inputs of one number */
  files?: string;
}

export interface Controlled {
  /** Journal write at which it kills itself; 0 for never. */
  at?: number;
  side?: 'before' | 'after';
}

export class CliRun {
  readonly cloud: CloudRun;
  readonly cwd: string;
  private readonly clock: Server;

  private constructor(cloud: CloudRun, cwd: string, clock: Server) {
    this.cloud = cloud;
    this.cwd = cwd;
    this.clock = clock;
  }

  /** @param experiment the document that `plan` was made of */
  static async start(experiment: object, plan: Plan, o: CliRunOptions = {}): Promise<CliRun> {
    const cloud = await CloudRun.start(plan, o);
    const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'cli-run-')));
    if (o.files === undefined) writeFileSync(join(cwd, 'inputs.jsonl'), INPUTS);
    else cpSync(o.files, cwd, { recursive: true });
    // JSON is YAML.
    writeFileSync(join(cwd, 'experiment.yaml'), JSON.stringify(experiment));
    const clock = createServer((request, response) => {
      let text = '';
      request.on('data', (d: Buffer) => {
        text += d;
      });
      request.on('end', () => {
        const moves: CliRunOptions['wait'] = (run, seconds) => run.wait(seconds);
        const pass = request.url === TASK_CLOCK ? moves : (o.wait ?? moves);
        const passing = pass(cloud, Number(text)).then(() => cli.note());
        passing.then(
          () => response.end(),
          (error: Error) => response.writeHead(500).end(error.message),
        );
      });
    });
    await new Promise<void>((done) => clock.listen(0, '127.0.0.1', done));
    const cli = new CliRun(cloud, cwd, clock);
    return cli;
  }

  get environment(): Record<string, string> {
    const { port } = this.clock.address() as AddressInfo;
    return { ...this.cloud.aws.environment, LOOPBACK_CLOCK: `http://127.0.0.1:${port}/`, NODE_NO_WARNINGS: '1' };
  }

  /** Of a task's process, whose pauses move the clock. */
  get taskEnvironment(): Record<string, string> {
    return { ...this.environment, LOOPBACK_CLOCK: new URL(TASK_CLOCK, this.environment['LOOPBACK_CLOCK']).href };
  }

  kit(args: string[], { at = 0, side = 'after' }: Controlled = {}): Promise<Ended> {
    return this.process(args, { at, side }).ended;
  }

  process(args: string[], { at = 0, side = 'after' }: Controlled = {}) {
    const child = spawn(process.execPath, [controller, String(at), side, ...args], {
      cwd: this.cwd,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (d: Buffer) => {
      stdout += d.toString();
    });
    child.stderr.on('data', (d: Buffer) => {
      stderr += d.toString();
    });
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code) => {
        const runs = this.runs();
        if (runs.length > 0) this.cloud.runId = runs.at(-1)!;
        resolve({ code, stdout, stderr });
      });
    });
    return { child, ended };
  }

  runs(): string[] {
    const runs = join(this.cwd, '.infersweep', 'runs');
    return existsSync(runs) ? readdirSync(runs) : [];
  }

  private file(name: string): string {
    return join(this.cwd, '.infersweep', 'runs', this.runs().at(-1)!, name);
  }

  private lines(name: string): string[] {
    const file = this.file(name);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }

  /** Entries of the journal, without their checksums. */
  journal(): { path: string; kind: string }[] {
    return this.lines('journal.jsonl').map((line) => JSON.parse(line.slice(9)) as { path: string; kind: string });
  }

  records(): Measurement[] {
    return this.lines('measurements.jsonl').map((line) => JSON.parse(line) as Measurement);
  }

  receipt(): Receipt {
    return JSON.parse(readFileSync(this.file('receipt.json'), 'utf8')) as Receipt;
  }

  /** What is committed now counts for what was ever reserved. */
  async note(): Promise<void> {
    const runId = this.runs().at(-1);
    if (runId === undefined) return;
    this.cloud.runId = runId;
    const { spentUsd, reservedUsd } = await (await this.cloud.ports(null)).ledger.balance();
    this.cloud.committedUsd = Math.max(this.cloud.committedUsd, spentUsd + reservedUsd);
  }

  async close(): Promise<void> {
    this.clock.closeAllConnections();
    await new Promise((done) => this.clock.close(done));
    await this.cloud.close();
    rmSync(this.cwd, { recursive: true, force: true });
  }
}

const INPUTS = [1, 2]
  .map((i) => JSON.stringify({ id: String(i), inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [i] }] }))
  .join('\n');
