/** The target through the real SDK clients, against SageMaker on the loopback interface, on its clock. */

import { SageMaker } from '@aws-sdk/client-sagemaker';
import { afterEach, describe, expect, it } from 'vitest';
import { tagKeys } from '../../lib/core/plan/tags.ts';
import { SagemakerLab } from '../support/aws/sagemaker-lab.ts';
import type { SagemakerHostingOptions } from '../support/aws/services/sagemaker-hosting.ts';

const NAME = 'infersweep-a';
const CREATES = ['sagemaker:CreateModel', 'sagemaker:CreateEndpointConfig', 'sagemaker:CreateEndpoint'];
let lab: SagemakerLab;
const start = async (options: SagemakerHostingOptions = {}) => {
  lab = await SagemakerLab.start(options);
  return lab.target();
};
afterEach(async () => {
  expect(lab.world.mistakes).toEqual([]);
  await lab.close();
});

const names = async (target = lab.target()) => (await target.list('run-1')).map((r) => `${r.kind} ${r.name}`);
const alive = () => lab.world.alive().map((arn) => arn.split(':').at(-1));

/** As teardown does; the number of looks it took. */
async function ended(target = lab.target()): Promise<number> {
  for (let looks = 1; looks < 300; looks++) {
    await target.destroy(NAME);
    if (!(await names(target)).some((n) => n.endsWith(NAME))) return looks;
    lab.world.advance(15);
  }
  throw new Error('still listed');
}

describe('deploy', () => {
  it('makes three things of one name, each tagged in its create call, with what a trial needs', async () => {
    const target = await start();
    const request = lab.request(NAME, {
      instanceType: 'ml.g4dn.xlarge',
      runtime: 'onnxruntime',
      artifact: 's3://artifacts-bucket/artifacts/m',
    });
    expect(await target.deploy(request)).toEqual({ state: 'accepted', acceptedAtMs: lab.world.nowMs });
    const [model, config, endpoint] = ['model', 'endpoint-config', 'endpoint'].map(
      (kind) => lab.world.find(kind as never, NAME)!,
    );
    for (const thing of [model, config, endpoint]) expect(thing!.tags).toEqual(request.tags);
    expect(lab.world.calls).not.toContain('sagemaker:AddTags');
    expect(model!.detail).toMatchObject({
      ExecutionRoleArn: 'arn:aws:iam::123456789012:role/infersweep/models',
      EnableNetworkIsolation: true,
      PrimaryContainer: {
        Image: expect.stringMatching(/infersweep\/gpu-sagemaker@sha256:/),
        Environment: { INFERSWEEP_ADAPTER: 'onnxruntime' },
        ModelDataSource: {
          S3DataSource: {
            S3Uri: 's3://artifacts-bucket/artifacts/m/',
            S3DataType: 'S3Prefix',
            CompressionType: 'None',
          },
        },
      },
    });
    expect(config!.detail).not.toHaveProperty('KmsKeyId');
    expect((config!.detail as { ProductionVariants: object[] }).ProductionVariants).toEqual([
      {
        VariantName: 'AllTraffic',
        ModelName: NAME,
        InstanceType: 'ml.g4dn.xlarge',
        InitialInstanceCount: 1,
        InitialVariantWeight: 1,
        InferenceAmiVersion: expect.stringMatching(/-gpu-/),
        ContainerStartupHealthCheckTimeoutInSeconds: 1080,
        ModelDataDownloadTimeoutInSeconds: 1080,
        RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
      },
    ]);
  });

  it('adopts what is there, and says when that began', async () => {
    const target = await start();
    const acceptedAtMs = lab.world.nowMs;
    await target.deploy(lab.request(NAME));
    lab.world.advance(100);
    expect(await lab.target().deploy(lab.request(NAME))).toEqual({ state: 'accepted', acceptedAtMs });
    expect(alive()).toHaveLength(3);
  });

  it.each(CREATES.flatMap((call) => [1, 2].map((maxAttempts) => [call, maxAttempts] as const)))(
    'adopts what %s made although its answer got lost, with %i attempts',
    async (call, maxAttempts) => {
      await start();
      lab.world.faults.push({ call, code: '', message: '', lost: 'answer', times: 1 });
      const answer = await lab.target('run-1', { maxAttempts }).deploy(lab.request(NAME));
      expect(answer).toEqual({ state: 'accepted', acceptedAtMs: lab.world.nowMs });
      expect(alive()).toHaveLength(3);
    },
  );

  it('goes on where a configuration is not found yet', async () => {
    const target = await start();
    const message = 'Could not find endpoint configuration "arn".';
    lab.world.faults.push({ call: 'sagemaker:CreateEndpoint', code: 'ValidationException', message, times: 3 });
    expect(await target.deploy(lab.request(NAME))).toMatchObject({ state: 'accepted' });
  });

  it('is refused for the quota, which it names, and leaves nothing once torn down', async () => {
    const target = await start({ quota: { 'ml.c7i.xlarge': 0 } });
    expect(await target.deploy(lab.request(NAME))).toMatchObject({
      state: 'refused',
      code: 'quota',
      reason: expect.stringMatching(/^quota "ml\.c7i\.xlarge for endpoint usage" \(Service Quotas.*is 0 Instances/),
    });
    // Until its model, too, would be shown.
    expect(await ended(target)).toBe(5);
    expect(alive()).toEqual([]);
  });

  it('leaves no model that SageMaker showed to nobody while its configuration was refused', async () => {
    const target = await start({ hiddenSeconds: 43 });
    await target.deploy(lab.request(NAME)).catch(() => undefined);
    await ended(target);
    lab.world.advance(60);
    expect(alive()).toEqual([]);
  });

  it('is not gone while it is not shown, counted from the try that made it', async () => {
    const target = await start({ hiddenSeconds: 31 });
    expect(await target.deploy(lab.request(NAME))).toMatchObject({ state: 'accepted' });
    lab.world.advance(30);
    expect(await target.ready(NAME)).toMatchObject({ state: 'starting' });
  });

  it.each([
    [{ instanceType: 'ml.m7g.xlarge' }, /ml\.m7g\.xlarge/],
    [{ runtime: 'triton' }, /triton is not started on sagemaker/],
  ])('is rejected for %j, with the reason', async (change, reason) => {
    const target = await start();
    expect(await target.deploy(lab.request(NAME, change))).toEqual({
      state: 'refused',
      code: 'rejected',
      reason: expect.stringMatching(reason),
    });
  });

  it('rejects what SageMaker calls invalid, and throws what it throttles or forbids', async () => {
    const target = await start();
    const call = 'sagemaker:CreateModel';
    lab.world.faults.push({ call, code: 'ValidationException', message: 'Could not access model data' });
    expect(await target.deploy(lab.request(NAME))).toMatchObject({
      code: 'rejected',
      reason: 'Could not access model data',
    });
    lab.world.faults.splice(0, 1, { call, code: 'ThrottlingException', message: 'Rate exceeded', times: 1 });
    expect(await target.deploy(lab.request(NAME))).toMatchObject({ state: 'accepted' });
    for (const code of ['ThrottlingException', 'AccessDeniedException']) {
      lab.world.faults.splice(0, 9, { call, code, message: 'no' });
      await expect(target.deploy(lab.request(NAME))).rejects.toThrow('no');
    }
  });

  it('is billed from its first try where an earlier call made it and SageMaker does not say when', async () => {
    const target = await start();
    const acceptedAtMs = lab.world.nowMs;
    await target.deploy(lab.request(NAME));
    lab.world.advance(61);
    lab.world.faults.push({
      call: 'sagemaker:DescribeEndpoint',
      code: 'ThrottlingException',
      message: 'Rate exceeded',
    });
    expect(await lab.target().deploy(lab.request(NAME))).toEqual({ state: 'accepted', acceptedAtMs });
  });

  it('takes no model from elsewhere', async () => {
    const target = await start();
    await expect(target.deploy(lab.request(NAME, { artifact: '/tmp/model' }))).rejects.toThrow(
      /s3:\/\/artifacts-bucket\/artifacts\//,
    );
  });
});

describe('ready', () => {
  it('is starting, then ready where requests are signed for SageMaker, timed on its own clock', async () => {
    const target = await start({ start: () => ({ seconds: 311 }) });
    await target.deploy(lab.request(NAME));
    expect(await target.ready(NAME)).toMatchObject({ state: 'starting', url: null });
    lab.world.advance(320);
    expect(await target.ready(NAME)).toEqual({
      state: 'ready',
      reason: null,
      url: lab.aws.url,
      access: { path: `/endpoints/${NAME}/invocations`, signing: { service: 'sagemaker', region: 'us-east-1' } },
      startupSeconds: 311,
      facts: { imageDigest: `sha256:${'a'.repeat(64)}`, instanceType: 'ml.c7i.xlarge', inferenceAmiVersion: null },
    });
    expect(await lab.target('run-1', { runtimeUrl: undefined }).ready(NAME)).toMatchObject({
      url: 'https://runtime.sagemaker.us-east-1.amazonaws.com',
    });
  });

  it.each([
    [
      'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry.',
      'capacity',
    ],
    ['The primary container for production variant AllTraffic did not pass the ping health check.', 'unhealthy'],
  ])('failed: %s', async (failureReason, cause) => {
    const target = await start({ start: () => ({ seconds: 60, failureReason }) });
    await target.deploy(lab.request(NAME));
    lab.world.advance(60);
    expect(await target.ready(NAME)).toMatchObject({ state: 'failed', reason: failureReason, cause });
    await ended(target);
    expect(alive()).toEqual([]);
  });

  it('is gone where nothing was, and throws when nobody can tell', async () => {
    const target = await start();
    expect(await target.ready(NAME)).toMatchObject({ state: 'gone' });
    lab.world.faults.push({
      call: 'sagemaker:DescribeEndpoint',
      code: 'ValidationException',
      message: '1 validation error detected',
    });
    await expect(target.ready(NAME)).rejects.toThrow('1 validation error');
  });
});

describe('destroy', () => {
  it('ends the endpoint first, and nothing below it before it is gone', async () => {
    const target = await start({ start: () => ({ seconds: 0 }) });
    await target.deploy(lab.request(NAME));
    lab.world.advance(61);
    await target.ready(NAME);
    await target.destroy(NAME);
    expect(await names()).toEqual([`endpoint ${NAME}`, `endpoint-config ${NAME}`, `model ${NAME}`]);
    await target.destroy(NAME);
    await ended(target);
    expect(alive()).toEqual([]);
    const deletes = lab.world.calls.filter((c) => /Delete(EndpointConfig|Model)/.test(c));
    expect(deletes).toEqual(['sagemaker:DeleteEndpointConfig', 'sagemaker:DeleteModel']);
  });

  it('keeps at an endpoint that is stuck in creation for 40 minutes', async () => {
    const target = await start({ start: () => ({ seconds: 2400 }) });
    await target.deploy(lab.request(NAME));
    expect(await ended(target)).toBeGreaterThan(160);
    expect(alive()).toEqual([]);
  });

  it('takes what is not shown yet for there, also without any memory of it', async () => {
    await start({ hiddenSeconds: 20, start: () => ({ seconds: 0 }) });
    const config = { ...lab.request(NAME) };
    await lab.target().deploy(config);
    expect(await lab.target().ready(NAME)).toMatchObject({ state: 'starting' });
    expect(await names(lab.target())).toContain(`endpoint ${NAME}`);
    await ended(lab.target());
    lab.world.advance(60);
    expect(alive()).toEqual([]);
  });

  it.each(['1 validation error detected', 'Member must satisfy: Could not find'])(
    'takes "%s" for no absence',
    async (message) => {
      const target = await start({ start: () => ({ seconds: 0 }) });
      await target.deploy(lab.request(NAME));
      lab.world.advance(61);
      lab.world.faults.push({ call: 'sagemaker:DeleteEndpoint', code: 'ValidationException', message });
      await expect(target.destroy(NAME)).rejects.toThrow(message);
      expect(alive()).toHaveLength(3);
    },
  );
});

describe('list', () => {
  it("shows the run's own and what may be, with the command that ends it", async () => {
    const target = await start();
    const mine = { [tagKeys.run]: 'run-1' };
    lab.world.add('endpoint', NAME, { tags: mine });
    lab.world.add('endpoint', 'infersweep-other', { tags: { [tagKeys.run]: 'run-2' } });
    lab.world.add('endpoint', 'theirs', { tags: mine });
    lab.world.add('model', 'infersweep-bare');
    lab.world.add('endpoint-config', 'infersweep-secret', { tags: mine });
    lab.world.faults.push({
      call: 'sagemaker:ListTags',
      about: 'infersweep-secret',
      code: 'AccessDeniedException',
      message: 'no',
    });
    const listed = await target.list('run-1');
    expect(listed.map(({ name, doubt }) => [name, doubt])).toEqual([
      [NAME, undefined],
      ['infersweep-secret', 'AccessDeniedException: no'],
      ['infersweep-bare', expect.stringContaining('no tag')],
    ]);
    expect(listed[0]!.endCommand).toBe(`aws sagemaker delete-endpoint --endpoint-name ${NAME} --region us-east-1`);
  });

  it.each(['Endpoints', 'EndpointConfigs', 'Models'])('throws when List%s fails', async (kind) => {
    const target = await start();
    lab.world.faults.push({ call: `sagemaker:List${kind}`, code: 'AccessDeniedException', message: 'not you' });
    await expect(target.list('run-1')).rejects.toThrow('not you');
  });
});

describe('the models of the SDK', () => {
  it('catch a member that no request has, and one that no reply has', async () => {
    await start();
    const api = new SageMaker(lab.aws.config);
    const body = JSON.stringify({ EndpointName: 'e', Endpoint: 'e' });
    const headers = {
      'x-amz-target': 'SageMaker.DescribeEndpoint',
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260131/us-east-1/sagemaker/aws4_request',
    };
    const answer = await fetch(lab.aws.url, { method: 'POST', body, headers });
    expect(await answer.text()).toContain('DescribeEndpoint.input has no member Endpoint');
    lab.world.add('model', 'odd', { detail: { ModelNam: 'x' } });
    await expect(api.describeModel({ ModelName: 'odd' })).rejects.toThrow(
      'DescribeModel.output has no member ModelNam',
    );
    await expect(api.createEndpoint({ EndpointName: 'e' } as never)).rejects.toThrow('lacks EndpointConfigName');
    await expect(api.createModel({ ModelName: 3 } as never)).rejects.toThrow('ModelName is 3, not a string');
    expect(lab.world.mistakes.splice(0)).toHaveLength(4);
  });
});
