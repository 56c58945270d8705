/** The loopback AWS with and without a socket before it: clients cannot tell. */
import { S3 } from '@aws-sdk/client-s3';
import { SageMaker } from '@aws-sdk/client-sagemaker';
import { afterEach, describe, expect, it } from 'vitest';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';

let aws: LoopbackAws;
afterEach(() => aws?.close());

describe.each([
  ['over a socket', false],
  ['in process', true],
])('the loopback AWS %s', (_name, isInProcess) => {
  const start = async () => {
    aws = await LoopbackAws.start({}, { isInProcess });
    aws.world.buckets.set('b', new Map());
    return { s3: new S3(aws.config), sagemaker: new SageMaker(aws.config) };
  };

  it('takes bodies, keys and queries as they are', async () => {
    const { s3 } = await start();
    const Key = "a b/ü+&=?'(1).json";
    await s3.putObject({ Bucket: 'b', Key, Body: 'grün', IfNoneMatch: '*' });
    expect([...aws.world.buckets.get('b')!]).toEqual([[Key, Buffer.from('grün')]]);
    const { Body, ETag } = await s3.getObject({ Bucket: 'b', Key });
    expect([await Body!.transformToString(), ETag]).toEqual(['grün', expect.stringMatching(/^"[0-9a-f]{32}"$/)]);
    const { Contents } = await s3.listObjectsV2({ Bucket: 'b', Prefix: 'a b/ü+&' });
    expect(Contents!.map((one) => one.Key)).toEqual([Key]);
    const again = s3.putObject({ Bucket: 'b', Key, Body: '', IfNoneMatch: '*' });
    await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    expect(aws.world.calls).toEqual(['s3:PutObject', 's3:GetObject', 's3:ListObjectsV2', 's3:PutObject']);
  });

  it('breaks a connection after the effect, where that is ordered', async () => {
    const { s3 } = await start();
    aws.world.faults.push({ call: 's3:PutObject', code: '', message: '', lost: 'answer', times: 1 });
    await expect(s3.putObject({ Bucket: 'b', Key: 'k', Body: 'v' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(aws.world.buckets.get('b')!.has('k')).toBe(true);
  });

  it('lets nothing through a door that is shut, and everybody else', async () => {
    const { sagemaker } = await start();
    const door = await aws.door();
    const behind = new SageMaker({ ...aws.config, endpoint: door.url });
    expect(await behind.listModels({})).toMatchObject({ Models: [] });
    door.shut();
    await expect(behind.listModels({})).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(aws.world.calls).toHaveLength(1);
    expect(await sagemaker.listModels({})).toMatchObject({ Models: [] });
  });
});
