/** `verify` against an emulated service on EC2, with real server processes behind its load balancer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ScaledService, type ScaledServiceOptions } from '../support/aws/scaled-service.ts';
import { root } from '../support/cli.ts';
import { ec2Recommendation } from '../support/ec2-recommendation.ts';
import { expectHeld, oneToThree, server, TARGET_PER_SECOND, tagsOf, verificationOf } from '../support/verification.ts';

const promoted = oneToThree(ec2Recommendation('g4dn.xlarge'));
const verification = verificationOf(promoted);
afterAll(() => verification.close());

let service: ScaledService | null = null;
afterEach(async () => {
  await service?.close();
  service = null;
});

async function deployed(change: Partial<ScaledServiceOptions> = {}): Promise<ScaledService> {
  service = await ScaledService.start({
    cluster: 'production',
    name: 'models',
    tags: tagsOf(promoted),
    server,
    targetPerSecond: TARGET_PER_SECOND,
    maxCapacity: 3,
    available: 3,
    ...change,
  });
  return service;
}

const verify = (of: ScaledService, ...args: string[]) => verification.verify(of.aws.environment, ...args);

/** The policy that docs/production.md prints, of the account that the loopback plays. */
function documentedPolicy() {
  const page = readFileSync(join(root, 'docs', 'production.md'), 'utf8');
  const printed = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((block) => block[1]!);
  const policy = printed.find((text) => text.includes('"ecs:DescribeServices"'))!;
  const { Statement } = JSON.parse(policy.replaceAll('REGION', 'us-east-1').replaceAll('ACCOUNT', '123456789012'));
  return Statement.map(({ Effect, Action, Resource }: Record<string, string | string[]>) => ({
    Effect,
    Action: [Action].flat(),
    Resource: [Resource].flat(),
    Condition: {},
  }));
}

describe('verify on EC2', () => {
  it('sees that tasks and instances grow as the alarm says, with no more rights than the documented ones', async () => {
    const found = await deployed();
    // Of last week, and nothing to this step.
    found.world.activities.push({
      ActivityId: 'old',
      ServiceNamespace: 'ecs',
      ResourceId: 'service/production/models',
      ScalableDimension: 'ecs:service:DesiredCount',
      Description: 'Setting desired count to 3.',
      Cause: 'monitor alarm',
      StartTime: found.world.nowMs / 1000 - 604_800,
      StatusCode: 'Failed',
    });
    const role = 'arn:aws:iam::123456789012:role/verifier';
    found.aws.enforce({ [role]: documentedPolicy() });
    const { accessKeyId } = found.aws.configOf(role).credentials;
    const environment = { ...found.aws.environment, AWS_ACCESS_KEY_ID: accessKeyId };
    expectHeld(await verification.verify(environment, '--duration', '60s', '--json'));
    expect([found.world.denials, found.world.mistakes]).toEqual([[], []]);
  });

  it.each([
    ['instances are missing', { available: 1 }, /scaling asked for 3 and 1 run: instances are missing/],
    ['tasks do not pass the health check', { healthy: 1 }, /3 run and 1 pass the health check/],
    ['scaling may not ask for more', { maxCapacity: 1 }, /scaling asked for 1\)/],
  ])('ends with 5 where %s, and says so', async (_, change, where) => {
    const ended = await verify(await deployed(change), '--duration', '24s', '--allow', '10s');
    expect(ended.stdout, ended.stderr).toMatch(/^missed: .*the scale-out is missed: 1 of 3 instances after 1\d s/m);
    expect(ended.stdout).toMatch(where);
    expect(ended.code).toBe(5);
  });

  it('refuses what it cannot verify, before any step', async () => {
    const refused = async (change: Partial<ScaledServiceOptions>, says: RegExp, ...args: string[]) => {
      const found = await deployed(change);
      const ended = await verify(found, '--duration', '60s', ...args);
      expect([ended.code, ended.stderr]).toEqual([3, expect.stringMatching(says)]);
      await found.close();
      service = null;
    };
    await refused({ available: 0 }, /no instance of .*service\/production\/models takes requests; 1 are asked for/);
    await refused({ protocol: 'HTTPS' }, /answers no plain HTTP.*\nnext: .*verify --url https:\/\/NAME/);
    await refused(
      {},
      /http:\/\/127\.0\.0\.1:9 answers nothing within 10 s \(connect\): .*VPC/,
      '--url',
      'http://127.0.0.1:9',
    );
    await refused({ initial: 3 }, /3 instances serve already, and the step needs 3: nothing would scale out/);
    await refused(
      { server: { ...server, serviceMs: 2000 } },
      /answers nothing within 1 s \(timeout\)/,
      '--timeout',
      '1s',
    );
  });
});
