import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { uploadArtifact } from '../../lib/aws/artifact-upload.ts';
import { HostPreparer } from '../../lib/aws/host-preparer.ts';
import type { HostStart } from '../../lib/core/plan/host-start.ts';
import { preparationTtlSeconds } from '../../lib/core/plan/life-seconds.ts';
import type { Preparation } from '../../lib/core/plan/plan.ts';
import type { PrepareState } from '../../lib/core/ports/preparer.ts';
import { BucketStore } from '../support/aws/bucket-store.ts';
import { Ec2Lab } from '../support/aws/ec2-lab.ts';
import { scriptedHosts } from '../support/aws/host-launcher.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';

let lab: Ec2Lab;
afterEach(() => lab?.aws.close());

const preparation: Preparation = {
  id: 'triton-tensorrt-engine-1',
  runtime: 'triton',
  kind: 'tensorrt-engine',
  source: 's3://models/bert',
  environment: null,
  host: 'ec2',
  needs: 'g4dn.xlarge',
  device: 'nvidia-t4',
  settings: { precision: 'fp16', maxBatch: 8, tokens: 128 },
  secondsExpected: 4200,
  cached: null,
};
const manifestKey = `artifacts/${preparation.id}/manifest.json`;

let starts: (HostStart | null)[] = [];
/** Hosts that make the artifact in so many seconds, or end without. */
async function labWith(how: { seconds: number; fails?: string; makes?: boolean }) {
  starts = [];
  lab = await Ec2Lab.start({
    launcher: scriptedHosts(({ start }) => {
      starts.push(start);
      return {
        readyAfterSeconds: how.seconds,
        ...(how.fails === undefined ? {} : { fails: how.fails }),
        finishes: () => {
          if (how.makes !== false) lab.store.objects.set(manifestKey, '{"device":null}');
        },
      };
    }),
  });
}
const preparer = () => new HostPreparer({ runId: 'run-1', ...lab.hosts, usdPerHour: () => 0.526 });
const seat = (name = 'infersweep-prepare-1') => ({
  name,
  ttlSeconds: preparationTtlSeconds(preparation),
  tags: lab.request(name).tags,
});

/** A new controller at every look. */
async function settled(handle: string): Promise<PrepareState> {
  for (let looks = 0; looks < 400; looks++) {
    const state = await preparer().check(handle);
    if (state.state !== 'running') return state;
    lab.aws.world.advance(30);
    lab.aws.world.alive();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('still running');
}

describe('a preparation on a host', () => {
  it('runs the script in the image that serves it, and is done when its host has ended', async () => {
    await labWith({ seconds: 3000 });
    const handle = await preparer().start(preparation, seat());
    expect(lab.cloud.asked).toEqual(['g4dn.xlarge']);
    expect(await preparer().check(handle)).toMatchObject({ state: 'running' });
    const state = await settled(handle);
    expect(starts).toMatchObject([
      {
        model: 's3://models/bert/',
        output: `s3://results/artifacts/${preparation.id}/`,
        containers: [
          {
            image: expect.stringContaining('infersweep/triton@sha256:'),
            entrypoint: 'python3',
            command: [
              '/opt/kit/prepare/supervise.py',
              expect.stringMatching(/^\d+$/),
              'tensorrt_engine.py',
              '/opt/ml/model',
              '/opt/ml/output',
              '{"precision":"fp16","maxBatch":8,"tokens":128,"device":"nvidia-t4"}',
            ],
          },
        ],
      },
    ]);
    expect(state).toMatchObject({
      state: 'done',
      artifact: `s3://results/artifacts/${preparation.id}/`,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      cached: false,
    });
    const { usd, seconds } = state as { usd: number; seconds: number };
    expect(seconds).toBeGreaterThanOrEqual(3000);
    expect(usd).toBeGreaterThan((0.526 * 3000) / 3600);
    expect(usd).toBeLessThan(await preparer().usdAtMost({ ...preparation, id: 'other' }, seat().ttlSeconds));
    expect(lab.aws.world.alive()).toEqual([]);
  });

  it('is not made again, and then nothing is held for it', async () => {
    await labWith({ seconds: 60 });
    expect(await preparer().usdAtMost(preparation, 3600)).toBeGreaterThan(0);
    lab.store.objects.set(manifestKey, '{}');
    expect(await preparer().usdAtMost(preparation, 3600)).toBe(0);
    const state = await settled(await preparer().start(preparation, seat()));
    expect(state).toMatchObject({ state: 'done', cached: true, seconds: 0, usd: 0 });
    expect(lab.cloud.asked).toEqual([]);
  });

  it('fails with what its script said', async () => {
    await labWith({ seconds: 60, fails: '`docker run` ended with 1: tensorrt_engine.py: no memory' });
    const state = await settled(await preparer().start(preparation, seat()));
    expect(state).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('no memory'),
      usd: expect.any(Number),
    });
    expect(lab.aws.world.alive()).toEqual([]);
  });

  it('is not done by a host that ended well and left nothing', async () => {
    await labWith({ seconds: 60, makes: false });
    expect(await settled(await preparer().start(preparation, seat()))).toMatchObject({ state: 'failed' });
  });

  it('ends early when told to, and its host with it', async () => {
    await labWith({ seconds: 3000 });
    const handle = await preparer().start(preparation, seat());
    lab.aws.world.advance(60);
    expect((await preparer().list('run-1')).map((r) => r.name)).toEqual([seat().name]);
    await preparer().stop(handle);
    expect(await settled(handle)).toMatchObject({ state: 'failed', usd: expect.any(Number) });
    expect(await preparer().list('run-1')).toEqual([]);
  });

  it('says why nothing was launched, also to the next controller', async () => {
    lab = await Ec2Lab.start({
      launcher: scriptedHosts(() => ({ readyAfterSeconds: 1 })),
      capacity: () => 'insufficient',
    });
    const state = await settled(await preparer().start(preparation, seat()));
    expect(state).toMatchObject({ state: 'failed', reason: expect.stringMatching(/^capacity: .*g4dn/), usd: 0 });
  });

  it.each<[Partial<Preparation>, RegExp]>([
    [{ needs: null, kind: 'onnx-export' }, /run `infersweep prepare`/],
    [{ needs: 'c5.4xlarge', kind: 'neuron-pipeline' }, /with c5 among its preparationFamilies/],
    [{ source: './bert' }, /cannot read \.\/bert: put the model below s3/],
    [{ kind: 'fastertransformer-conversion' }, /no image of the kit/],
  ])('refuses what it cannot make: %j', async (change, reason) => {
    await labWith({ seconds: 1 });
    const own = { ...preparation, ...change };
    expect(preparer().refuses(own)).toMatch(reason);
    expect(await settled(await preparer().start(own, seat()))).toMatchObject({ state: 'failed', usd: 0 });
    expect(lab.cloud.asked).toEqual([]);
  });
});

describe('an artifact of this machine', () => {
  it('is uploaded whole, and only then taken for there', async () => {
    await labWith({ seconds: 1 });
    const folder = mkdtempSync(join(tmpdir(), 'upload-'));
    const store = new BucketStore();
    const aws = await LoopbackAws.start();
    aws.world.buckets.set('artifacts', store.objects);
    try {
      mkdirSync(join(folder, 'onnx'));
      writeFileSync(join(folder, 'onnx', 'model.onnx'), 'weights');
      writeFileSync(join(folder, 'manifest.json'), '{}');
      const s3 = new S3(aws.config);
      const made = { path: folder, sha256: 'ab' };
      expect(await uploadArtifact(s3, 'artifacts', { id: 'x' }, made)).toBe('s3://artifacts/artifacts/x/');
      expect(await store.get('artifacts/x/onnx/model.onnx')).toContain('weights');
      expect(await store.get('artifacts/x/uploaded.json')).toBe(
        '{"sha256":"ab","files":["onnx/model.onnx","manifest.json"]}',
      );

      aws.world.faults.push({ call: 's3:PutObject', about: 'model.onnx', code: 'SlowDown', message: 'x', status: 503 });
      await expect(uploadArtifact(s3, 'artifacts', { id: 'y' }, made)).rejects.toThrow();
      // Neither of the two that say that it is complete.
      expect(await store.list('artifacts/y/')).toEqual([]);
      const file = join(folder, 'onnx', 'model.onnx');
      aws.world.faults.length = 0;
      await uploadArtifact(s3, 'artifacts', { id: 'z' }, { path: file, sha256: 'cd' });
      expect(await store.list('artifacts/z/')).toEqual(['artifacts/z/model.onnx', 'artifacts/z/uploaded.json']);
    } finally {
      await aws.close();
      rmSync(folder, { recursive: true, force: true });
    }
    for (const [key, bytes] of store.objects) lab.store.objects.set(key, bytes.toString());
    const own: Preparation = { ...preparation, id: 'x', needs: null, kind: 'onnx-export' };
    expect(await settled(await preparer().start(own, seat()))).toMatchObject({
      state: 'done',
      sha256: 'ab',
      cached: true,
    });
  });
});
