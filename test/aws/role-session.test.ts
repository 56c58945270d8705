import { SageMaker } from '@aws-sdk/client-sagemaker';
import { STS } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { roleSessions, sessionName } from '../../lib/aws/role-session.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';
import { account } from '../support/aws/world.ts';

let cloud: FullAws;
beforeAll(async () => {
  cloud = await startFullAws();
});
afterAll(() => cloud.close());

const createRoleArn = `arn:aws:iam::${account}:role/guard-create`;
const deleteRoleArn = `arn:aws:iam::${account}:role/guard-delete`;
const sessions = () => {
  const { region, credentials, url } = { ...cloud.aws.config, url: cloud.aws.url };
  return roleSessions({
    region,
    endpoint: url,
    credentials,
    createRoleArn,
    deleteRoleArn,
    runId: 'bert-20260131-1200-ab',
  });
};

it('makes two principals of one identity, named for the run', async () => {
  const { creating, deleting } = sessions();
  const whoIs = async (session: typeof creating) => (await new STS(session).getCallerIdentity()).Arn;
  expect(await whoIs(creating)).toBe(`arn:aws:sts::${account}:assumed-role/guard-create/create-bert-20260131-1200-ab`);
  expect(await whoIs(deleting)).toBe(`arn:aws:sts::${account}:assumed-role/guard-delete/delete-bert-20260131-1200-ab`);
});

it('serves every client of the SDK, with tries enough for a clock that is wrong', async () => {
  const { creating } = sessions();
  expect(creating.maxAttempts).toBeGreaterThanOrEqual(2);
  expect(await new SageMaker(creating).listModels({})).toMatchObject({ Models: [] });
});

it('takes a new session on before the old one ends', async () => {
  const { creating } = sessions();
  const sts = new STS(creating);
  const before = cloud.aws.world.sessions.size;
  await sts.getCallerIdentity();
  cloud.aws.world.advance(3600);
  await sts.getCallerIdentity();
  expect(cloud.aws.world.sessions.size).toBeGreaterThan(before + 1);
});

it('is not outlived by its credentials on a machine that is an hour behind', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: cloud.aws.world.nowMs - 3_600_000 });
  try {
    const { expiration } = await sessions().creating.credentials();
    expect(expiration!.getTime() - Date.now()).toBe(3_600_000);
  } finally {
    vi.useRealTimers();
  }
});

it('keeps a session’s name within what STS takes', () => {
  expect(sessionName('create', 'a b/ü')).toBe('create-a-b--');
  expect(sessionName('create', 'n'.repeat(100))).toHaveLength(64);
});
