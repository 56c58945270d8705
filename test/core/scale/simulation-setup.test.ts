import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { publishedMeasurements } from '../../../lib/core/measure/published-measurements.ts';
import { simulationSetup } from '../../../lib/core/scale/simulation-setup.ts';
import { publishedSchema } from '../../../lib/core/spec/published-schema.ts';
import { ec2Recommendation } from '../../support/ec2-recommendation.ts';
import { recommendation002, recommendationFile } from '../../support/recommendation.ts';

const published = publishedSchema.parse(
  JSON.parse(readFileSync(recommendationFile.replace('recommendation.json', 'published.json'), 'utf8')),
);
const measurements = publishedMeasurements(published);

describe('simulationSetup', () => {
  it('takes price, capacity and policy of source 002, and the types that may stand in', () => {
    const answer = simulationSetup(recommendation002(), measurements);
    if (!answer.ok) throw new Error(answer.why);
    const { setup } = answer;
    expect(setup.fleet.kinds).toEqual([
      {
        usdPerHour: 0.94,
        available: true,
        curve: { capacityPerSecond: 22.25, maxPerSecond: 22.25, slackS: 0.001, late: [] },
      },
    ]);
    expect(setup.values).toEqual({
      targetValue: 934.5,
      minCapacity: 17,
      initialCapacity: 33,
      maxCapacity: 49,
      scaleOutCooldownS: 300,
      scaleInCooldownS: 300,
    });
    expect(setup.others.map((o) => o.instanceType)).toEqual(['ml.g4dn.12xlarge']);
    expect(setup).toMatchObject({ startSource: 'assumed', assumed: { startS: 260, lock: true } });
    expect(setup.notes.join('\n')).toMatch(/no start of trt-db@sagemaker\/ml.g4dn.2xlarge was measured: 260 s/);
  });

  it('counts with the measured start', () => {
    const timed = measurements.map((m, i) => ({ ...m, startup: { ...m.startup, readySeconds: 400 + i / 1000 } }));
    const answer = simulationSetup(recommendation002(), timed);
    expect(answer.ok && Math.round(answer.setup.assumed.startS)).toBe(400);
    expect(answer.ok && answer.setup.startSource).toBe('measured');
  });

  it('has no lock on ECS, and its warm-up', () => {
    const answer = simulationSetup(ec2Recommendation('g4dn.2xlarge'), measurements);
    expect(answer.ok && answer.setup.assumed).toMatchObject({ lock: false, warmupS: 300, idleTailS: 900 });
  });

  it.each([
    ['nothing was chosen', { choice: null, deploy: null, scaling: null }, 'it chose nothing'],
    ['there was no demand', { scaling: null }, 'nothing scales'],
    [
      'it is a laptop',
      { deploy: { ...recommendation002().deploy!, target: 'local' as const }, scaling: null },
      'which is no fleet',
    ],
  ])('says why not when %s', (_, change, why) => {
    const answer = simulationSetup(recommendation002(change), measurements);
    expect(answer.ok ? '' : answer.why).toContain(why);
    expect(answer.ok ? '' : answer.fix).not.toBe('');
  });
});
