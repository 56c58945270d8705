/** `verify` against an emulated endpoint with real server processes behind it, which scales or does not. */
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { SagemakerLab } from '../support/aws/sagemaker-lab.ts';
import { scaledEndpoint } from '../support/aws/scaled-endpoint.ts';
import { kit } from '../support/cli.ts';
import { recommendation002 } from '../support/recommendation.ts';
import { expectHeld, oneToThree, server, TARGET_PER_SECOND, tagsOf, verificationOf } from '../support/verification.ts';

const promoted = oneToThree(recommendation002());
const verification = verificationOf(promoted);
afterAll(() => verification.close());

let lab: SagemakerLab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

/** @param quota instances that it ever grows to */
async function deployed(quota: number, configuration = promoted.deploy!.id): Promise<SagemakerLab> {
  const tags = tagsOf(promoted, configuration);
  lab = await scaledEndpoint({
    name: 'infersweep-production',
    tags,
    server,
    targetPerSecond: TARGET_PER_SECOND,
    maxCapacity: 3,
    quota,
  });
  return lab;
}

const verify = (service: SagemakerLab, ...args: string[]) => verification.verify(service.aws.environment, ...args);

describe('verify', () => {
  it('sees that the fleet grows as its alarm says, and keeps the objective before and after', async () => {
    expectHeld(await verify(await deployed(3), '--duration', '60s', '--json'));
  });

  it('ends with 5 when the fleet does not grow in its time', async () => {
    const ended = await verify(await deployed(1), '--duration', '24s', '--allow', '10s');
    expect(ended.stdout, ended.stderr).toMatch(
      /^missed: .*the scale-out is missed: 1 of 3 instances after 1\d s \(scaling was refused: Failed to set desired instance count to [23]\. .*service limit is 1 /m,
    );
    expect(ended.stdout).toMatch(/^scaling activity Failed: Setting desired instance count to [23]\.: Failed to set /m);
    expect(ended.code).toBe(5);
  });

  it('is undecided, and says so with 4, when it looked for less than the alarm may take', async () => {
    const ended = await verify(await deployed(1), '--duration', '20s', '--rate', '1600');
    expect(ended.stdout, ended.stderr).toMatch(
      /^undecided: .*1 of 2 instances in 1\d s \(.*\); the alarm and a start may take \d+ s$/m,
    );
    expect(ended.code).toBe(4);
  });

  it('refuses what it cannot verify, before any load', async () => {
    const other = await deployed(1, 'another@sagemaker/ml.g5.xlarge');
    const wrong = await verify(other);
    expect([wrong.code, wrong.stderr]).toEqual([
      3,
      expect.stringMatching(
        /another@sagemaker\/ml\.g5\.xlarge serves .* and not the promoted trt-db@.*\nnext: npx cdk deploy/,
      ),
    ]);
    expect(other.aws.world.calls.filter((c) => c.includes('InvokeEndpoint'))).toEqual([]);
    await other.close();
    const service = await deployed(1);
    const dear = await verify(service, '--budget', '0.01', '--duration', '60s');
    expect([dear.code, dear.stderr]).toEqual([
      3,
      expect.stringMatching(/the fleet could cost \d+\.\d\d USD .*the ceiling is 0\.01 USD/),
    ]);
    const elsewhere = await verify(service, '--url', 'http://127.0.0.1:9');
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      2,
      expect.stringMatching(/is called at SageMaker's runtime alone/),
    ]);
    const unread = await verify(service, '--inputs', 'nowhere.jsonl');
    expect([unread.code, unread.stderr]).toEqual([2, expect.stringMatching(/cannot read --inputs nowhere\.jsonl/)]);
    const low = await verify(service, '--rate', '100');
    expect([low.code, low.stderr]).toEqual([
      2,
      expect.stringMatching(/nothing would scale out\nnext: step higher, --rate 1501/),
    ]);
    const short = await verify(service, '--duration', '10s');
    expect([short.code, short.stderr]).toEqual([2, expect.stringMatching(/10 s are too short/)]);
    service.world.things.clear();
    const gone = await verify(service);
    expect([gone.code, gone.stderr]).toEqual([
      3,
      expect.stringMatching(/nothing of .* serves there\nnext: npx cdk deploy/),
    ]);
    const none = await kit(['verify', 'nowhere.json'], { cwd: verification.cwd });
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringMatching(/nowhere\.json does not exist\nnext: .* promote RUN/),
    ]);
  });
});
