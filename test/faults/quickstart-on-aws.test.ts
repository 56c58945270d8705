/**
 * The quickstart on AWS: the command line prepares and uploads its model, a durable execution of the deployed bundle sweeps,
 * endpoints are real servers with what the loopback S3 holds, load generators are the image's own processes, and so is the
 * time in which they work. The quickstart on this machine decides the same.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import { allowedCores, splitCores } from '../../lib/local/cores.ts';
import { CliRun } from '../support/aws/cli-run.ts';
import { CLOUD_TYPES, cloudPlan } from '../support/aws/cloud-plan.ts';
import { lab } from '../support/aws/cloud-run.ts';
import { kitServers } from '../support/aws/container-launcher.ts';
import { DurableExecutions } from '../support/aws/services/durable-executions.ts';
import { LoadgenLauncher } from '../support/aws/task-launcher.ts';
import { type Ended, kit, root } from '../support/cli.ts';
import { environmentIn } from '../support/environment.ts';
import { node24 } from '../support/node24.mjs';

/** As a stranger finds it, but for where it runs. */
const quickstart = parse(readFileSync(join(root, 'examples', 'quickstart', 'experiment.yaml'), 'utf8'));
const onAws = {
  ...quickstart,
  aws: { region: 'us-east-1' },
  targets: [{ sagemaker: { instanceTypes: [CLOUD_TYPES.sagemaker] } }],
  prices: [{ instanceType: CLOUD_TYPES.sagemaker, usdPerHour: 0.2, source: 'a test', date: '2026-11-01' }],
  budget: { usd: 25 },
};

const models = mkdtempSync(join(tmpdir(), 'models-'));
/** As the local target has it. */
const cores = splitCores(allowedCores(), 1);
const tasks = new LoadgenLauncher({ cores: cores.client, oneAtATime: true });
let servers: ReturnType<typeof kitServers>;
let cli: CliRun;
let executions: DurableExecutions;
let clock: ReturnType<typeof setInterval>;
let ended: Ended;
let local: Ended;
let localFolder: string;

/** Of the virtual clock in a second of this machine's. While a generator works, and of what is written down, time is real. */
const SCALE = 20;
/** Between two looks at what is being deleted, at most. */
const LOOK_SECONDS = 30;
const isLoading = () => cli.cloud.world.of('task').some(({ status }) => status !== 'STOPPED');

/** As SageMaker brings a model to its container. */
function modelFolder(s3Uri: string): string {
  const [, , bucket, ...prefix] = s3Uri.split('/');
  const folder = mkdtempSync(join(models, 'model-'));
  for (const [key, body] of cli.cloud.world.buckets.get(bucket!)!) {
    if (!key.startsWith(prefix.join('/'))) continue;
    const file = join(folder, key.slice(prefix.join('/').length));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body);
  }
  return folder;
}

beforeAll(async () => {
  servers = kitServers(await environmentIn('onnxruntime-text'), cores.server);
  executions = new DurableExecutions({ node: node24(), scale: SCALE, environment: () => cli.cloud.aws.environment });
  cli = await CliRun.start(onAws, cloudPlan(), {
    files: join(root, 'examples', 'quickstart'),
    lambda: executions.service,
    wait: (_cloud, seconds) => new Promise((done) => setTimeout(done, (seconds * 1000) / SCALE)),
    hosting: { launcher: servers.launcher, modelFolder, start: () => ({ seconds: 30 }) },
    ecs: { launcher: tasks },
    preparation: {
      schema: 'infersweep.preparation.v1',
      artifactsBucket: lab.artifactsBucket,
      subnets: lab.subnets,
      hostLogGroup: lab.hostLogGroup,
      launchTemplates: lab.launchTemplates,
    },
  });
  tasks.environment = cli.cloud.aws.environment;
  let last = performance.now();
  let passing = false;
  clock = setInterval(() => {
    if (passing) return;
    passing = true;
    const now = performance.now();
    const seconds = ((now - last) / 1000) * (isLoading() ? 1 : SCALE);
    last = now;
    void cli.cloud
      .wait(seconds)
      .then(() => cli.note())
      .finally(() => {
        passing = false;
      });
  }, 100);
  ended = await cli.kit(['run', 'experiment.yaml', '--on', 'aws', '--json']);
  clearInterval(clock);
  localFolder = mkdtempSync(join(models, 'local-'));
  cpSync(join(root, 'examples', 'quickstart'), localFolder, { recursive: true });
  local = await kit(['run', 'experiment.yaml', '--json'], { cwd: localFolder });
}, 900_000);

afterAll(async () => {
  clearInterval(clock);
  executions?.close();
  await cli?.close();
  servers?.close();
  tasks.close();
  rmSync(models, { recursive: true, force: true });
});

/** Of the run on this machine. */
function ownRecords(): Measurement[] {
  const runs = join(localFolder, '.infersweep', 'runs');
  const lines = readFileSync(join(runs, readdirSync(runs)[0]!, 'measurements.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Measurement);
}

/** Why generators could not measure on this machine now; null when they could. */
function starved(records: readonly Measurement[]): string | null {
  const words = records.flatMap(({ validity }) => validity.reasons.map(({ code, detail }) => `${code}: ${detail}`));
  return words.find((reason) => /^client-(?:bound|lag)/.test(reason)) ?? null;
}

describe('the quickstart on AWS', () => {
  it('measures four real servers, and leaves nothing alive', () => {
    expect(ended.code, ended.stderr).toBe(starved(cli.records()) === null ? 0 : 4);
    expect(executions.all.map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect(new Set(cli.records().map(({ configuration }) => configuration.name)).size).toBe(4);
    for (const { stairs } of cli.records()) expect(stairs.at(-1)!.requests).toBeGreaterThan(100);
    expect(cli.receipt()).toMatchObject({ alive: [], unlisted: [] });
    expect(cli.cloud.world.alive()).toEqual([]);
    expect(cli.cloud.world.mistakes).toEqual([]);
  });

  it('served what was prepared here and lay in S3', () => {
    const keys = [...cli.cloud.world.buckets.get(lab.artifactsBucket)!.keys()];
    expect(keys.some((key) => key.endsWith('.onnx'))).toBe(true);
    expect(keys.some((key) => key.endsWith('uploaded.json'))).toBe(true);
  });

  it('cost what the meter shows, and until the look that saw each thing gone', () => {
    const { calls } = cli.cloud.world;
    const made = (call: string) => calls.filter((name) => name === call).length;
    // USD an hour: of the price above, and of a generator of two vCPU, 4 GiB and an address.
    const usdPerHour = made('sagemaker:CreateEndpoint') * 0.2 + made('ecs:RunTask') * 0.11;
    expect(cli.cloud.meter.usd()).toBeGreaterThan(0);
    const over = cli.receipt().spentUsd - cli.cloud.meter.usd();
    expect(over).toBeGreaterThan(-0.01 * cli.cloud.meter.usd());
    expect(over).toBeLessThan((usdPerHour * LOOK_SECONDS) / 3600);
  });

  it('decides as the same servers do under the same load on this machine', async (context) => {
    const busy = starved(cli.records()) ?? starved(ownRecords());
    context.skip(busy !== null, `this machine is too busy to measure on: ${busy}`);
    expect(local.code, local.stderr).toBe(0);
    const there = JSON.parse((await cli.kit(['recommend', '--json'])).stdout);
    const own = JSON.parse((await kit(['recommend', '--json'], { cwd: localFolder })).stdout);
    type Choice = { configuration: string };
    const best = (r: { choice: Choice; ties: Choice[] }) => [r.choice, ...r.ties].map((c) => c.configuration);
    console.log(best(there), best(own));
    expect(best(there).some((name) => best(own).includes(name))).toBe(true);
  });
});
