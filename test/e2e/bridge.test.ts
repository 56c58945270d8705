/** `export` and `import` as a process: source 002's jobs out, what they found in. Runs from `dist`, so build first. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { measurementSchema } from '../../lib/core/measure/measurement.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { recommenderIn } from '../support/aws/services/recommender.ts';
import { kit, root } from '../support/cli.ts';
import { describedJob } from '../support/recommender-job.ts';

const folder = mkdtempSync(join(tmpdir(), 'infersweep-bridge-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const example = join(root, 'examples', 'triton-instance-sweep');
const run = (...args: string[]) => kit(args, { cwd: folder });
const role = 'arn:aws:iam::123456789012:role/recommender';
const image = 'triton-sagemaker=123456789012.dkr.ecr.us-east-1.amazonaws.com/infersweep/triton-sagemaker:1';
const exportTo = (out: string, ...more: string[]) =>
  run('export', example, out, '--to', 'recommender', '--role', role, '--bucket', 'b', ...more);

describe('export', () => {
  it('writes what three calls of the AWS CLI take, and the payload, the same each time', async () => {
    const first = await exportTo('jobs', '--image', image);
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('8 jobs for 24 deployments in jobs');
    const names = readdirSync(join(folder, 'jobs'));
    expect(names).toHaveLength(1 + 3 * 8);
    const [jobFile] = names.filter((name) => /trt-db-[0-9a-f]{8}\.job\.json$/.test(name));
    const job = JSON.parse(readFileSync(join(folder, 'jobs', jobFile!), 'utf8'));
    expect(job.InputConfig.TrafficPattern).toEqual({
      TrafficType: 'PHASES',
      Phases: [{ InitialNumberOfUsers: 2, SpawnRate: 2, DurationInSeconds: 1500 }],
    });
    const commands = first.stdout.trim().split('\n');
    expect(commands[0]).toMatch(
      /^aws s3 cp jobs\/payload\.tar\.gz s3:\/\/b\/infersweep\/payloads\/[0-9a-f]{12}\.tar\.gz$/,
    );
    expect(commands).toHaveLength(1 + 3 * 8 + 1);
    for (const file of commands.flatMap((line) => /file:\/\/(\S+)/.exec(line)?.[1] ?? [])) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
    const listed = execFileSync('tar', ['-tzf', join(folder, 'jobs', 'payload.tar.gz')], { encoding: 'utf8' });
    expect(listed.trim().split('\n')).toHaveLength(4);

    await exportTo('again', '--image', image);
    for (const name of names) {
      expect(readFileSync(join(folder, 'again', name)).equals(readFileSync(join(folder, 'jobs', name))), name).toBe(
        true,
      );
    }
  });

  it.each([
    [[], 2, 'image: no address of the image triton-sagemaker'],
    [['--image', 'triton'], 2, 'must be NAME=ADDRESS'],
    [['--image', image, '--role', 'me'], 2, '"me" is no role: arn:aws:iam::ACCOUNT:role/NAME'],
    [['--image', image, '--to', 'locust'], 2, 'allowed: recommender'],
  ])('with %j ends with %i, writes nothing, and says why', async (more, code, why) => {
    const ended = await exportTo('refused', ...more);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
    expect(ended.stderr).toContain(why);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  it('says of a load that no job can do what would', async () => {
    const ended = await run(
      'export',
      join(root, 'examples', 'neuron-batching'),
      'x',
      '--to',
      'recommender',
      '--role',
      role,
      '--bucket',
      'b',
    );
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/measures SageMaker endpoints|use protocol phases/);
  });
});

describe('import', () => {
  const write = (name: string, document: unknown) => {
    writeFileSync(join(folder, name), typeof document === 'string' ? document : JSON.stringify(document));
    return name;
  };

  it('puts a job beside the published figures of the same configurations', async () => {
    const { code, stdout, stderr } = await run('import', write('job.json', describedJob()), '--against', example);
    expect(code).toBe(0);
    const [header, first] = stdout.split('\n');
    expect(header).toMatch(/configuration +instance +ours \/min +job \/min/);
    expect(first).toMatch(/^trt-db +ml\.g4dn\.2xlarge +1335 +1335 +1\.00 × +499\.0 +499\.0 +1\.00 ×$/);
    expect(stdout).toContain('not in the job');
    expect(stderr).toContain(
      'load: { protocol: phases, phases: [{ initialUsers: 2, spawnRate: 2, every: 1m, duration: 1500s }] }',
    );
    expect(stdout).toContain('ModelLatency at MaxInvocations (no percentile)');
  });

  it('writes measurements that the kit reads, from a file with NaN as the CLI prints it', async () => {
    const text = JSON.stringify(describedJob()).replace('"ModelLatency":499', '"ModelLatency": NaN');
    const ended = await run('import', write('nan.json', text), '--out', 'measurements.jsonl', '--json');
    expect(ended.code).toBe(0);
    const [line] = readFileSync(join(folder, 'measurements.jsonl'), 'utf8').trim().split('\n');
    const measurement = measurementSchema.parse(JSON.parse(line!));
    expect(measurement).toMatchObject({ origin: 'imported', scalar: { latencyMs: null, requestsPerMinute: 1335 } });
    expect(JSON.parse(ended.stdout)).toMatchObject({ job: 'job-1', measurements: [measurement], disagreements: [] });
  });

  it.each<[string, unknown, string[], string]>([
    [
      'a failed job',
      describedJob({ Status: 'FAILED', FailureReason: 'INVALID_INPUT' }),
      [],
      'job job-1 is FAILED: INVALID_INPUT',
    ],
    ['no description', { a: 1 }, [], 'is no description of a job: JobName'],
    ['no JSON', 'name: job', [], 'is not JSON'],
    ['a number of items', describedJob(), ['--items', '0'], '--items must be a whole number from 1'],
    ['another unit', describedJob(), ['--latency-unit', 's'], 'Allowed choices are ms, us'],
  ])('refuses %s and says why', async (_, document, more, why) => {
    const ended = await run('import', write('bad.json', document), ...more);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain(why);
  });

  it('asks AWS for a job by its name or ARN, and tells what it refuses', async () => {
    const aws = await LoopbackAws.start();
    try {
      const { jobs, results } = recommenderIn(aws.world);
      const InputConfig = { ModelPackageVersionArn: 'x', EndpointConfigurations: [{ InstanceType: 'ml.g4dn.xlarge' }] };
      jobs.set('job-2', {
        request: { JobName: 'job-2', JobType: 'Advanced', RoleArn: role, InputConfig },
        createdMs: aws.world.nowMs - 1e6,
        stopAskedMs: null,
      });
      results['ml.g4dn.xlarge'] = {
        MaxInvocations: 600,
        ModelLatency: 100,
        CostPerHour: 0.7364,
        InitialInstanceCount: 1,
      };
      const at = (reference: string) =>
        kit(['import', reference, '--region', 'us-east-1'], { cwd: folder, env: aws.environment });
      const found = await at('arn:aws:sagemaker:us-east-1:123456789012:inference-recommendations-job/job-2');
      expect(found).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/job-2 +ml\.g4dn\.xlarge +600 +100 +0\.7364/),
      });
      const absent = await at('job-3');
      expect(absent).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('AWS refused: ResourceNotFound: Could not find job job-3'),
      });
      expect((await at('./absent.json')).stderr).toContain('is neither a file nor the name of a job');
    } finally {
      await aws.close();
    }
  });
});
