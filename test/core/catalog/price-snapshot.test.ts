import { describe, expect, it } from 'vitest';
import { priceOf } from '../../../lib/core/catalog/price.ts';
import { type PriceSnapshot, snapshotPrice } from '../../../lib/core/catalog/price-snapshot.ts';
import { reprice } from '../../../lib/core/catalog/reprice.ts';
import { publishedMeasurements } from '../../../lib/core/measure/published-measurements.ts';
import { parsePrices } from '../../../lib/core/spec/parse-prices.ts';
import { cloudExperiment, goodPlan, twoCores } from '../../support/experiments.ts';
import { priceSnapshot } from '../../support/prices.ts';
import { published } from '../../support/published.ts';

const snapshot = priceSnapshot({ 'ml.inf1.xlarge': 0.297, 'ml.g4dn.xlarge': 0.8, 'c7g.4xlarge': 0.5 });

describe('a snapshot', () => {
  it('comes before the catalog and after the experiment’s own price', () => {
    const of = (type: string, overrides: Parameters<typeof priceOf>[3] = []) =>
      priceOf('sagemaker', type, 'us-east-1', overrides, 'on-demand', snapshot);
    expect(of('ml.inf1.xlarge')).toEqual({
      usdPerHour: 0.297,
      source: snapshot.source,
      region: 'us-east-1',
      date: '2026-11-26',
    });
    expect(of('ml.g4dn.xlarge')).toMatchObject({ usdPerHour: 0.8 });
    expect(of('ml.g4dn.2xlarge')).toMatchObject({ usdPerHour: 0.94, date: '2025-04-11' });
    const own = { instanceType: 'ml.inf1.xlarge', usdPerHour: 1, source: 'contract', date: '2026-11-01' };
    expect(of('ml.inf1.xlarge', [own])).toMatchObject({ usdPerHour: 1, source: 'contract' });
  });

  it('is of no use to another region, another target, or Spot', () => {
    expect(snapshotPrice(snapshot, 'sagemaker', 'ml.inf1.xlarge', 'eu-west-1')).toBeNull();
    expect(snapshotPrice(snapshot, 'ec2', 'ml.inf1.xlarge', 'us-east-1')).toBeNull();
    expect(snapshotPrice(null, 'sagemaker', 'ml.inf1.xlarge', 'us-east-1')).toBeNull();
    expect(priceOf('ec2', 'c7g.4xlarge', 'us-east-1', [], 'spot', snapshot)).toHaveProperty('missing');
  });

  it('prices a plan, which says where the price stands', () => {
    const experiment = cloudExperiment({
      aws: { region: 'us-east-1', prices: 'prices.json' },
      targets: [{ sagemaker: { instanceTypes: ['ml.inf1.xlarge'] } }],
      runtimes: [{ neuron: { mode: 'data-parallel' } }],
    });
    const priced = goodPlan(experiment, { ...twoCores, prices: snapshot });
    expect(priced.deployments[0]).toMatchObject({
      usdPerHour: 0.297,
      priceNote: null,
      priceSource: { source: 'AWS Price List API, GetProducts', region: 'us-east-1', date: '2026-11-26' },
    });
    expect(priced.estimate.usdWorstCase).toBeGreaterThan(0);
    expect(goodPlan(experiment).estimate.usdWorstCase).toBeNull();
  });

  it('re-prices old figures without running them again', () => {
    const before = publishedMeasurements(published('triton-instance-sweep'));
    const after = reprice(before, [], snapshot);
    const priceOn = (type: string) => after.find(({ configuration }) => configuration.instanceType === type)!.price;
    expect(priceOn('ml.g4dn.xlarge')).toMatchObject({ usdPerHour: 0.8, date: '2026-11-26' });
    expect(priceOn('ml.g4dn.12xlarge')).toMatchObject({ usdPerHour: 4.89 });
  });
});

describe('parsePrices', () => {
  it('takes what was written, for its region', () => {
    expect(parsePrices(JSON.parse(JSON.stringify(snapshot)))).toEqual({ ok: true, prices: snapshot });
    expect(parsePrices(snapshot, 'us-east-1').ok).toBe(true);
  });

  it.each<[string, object, (string | number)[], string]>([
    [
      'another region',
      { region: 'eu-west-1' },
      ['region'],
      'these are prices of eu-west-1, and aws.region is us-east-1',
    ],
    ['a wrong key', { regoin: 'x' }, ['regoin'], 'unknown key "regoin"'],
    ['no day', { retrievedAt: 'today' }, ['retrievedAt'], 'must be a day'],
    [
      'a price of zero',
      { rows: [{ ...snapshot.rows[0], usdPerHour: 0 }] },
      ['rows', 0, 'usdPerHour'],
      'must be more than 0',
    ],
    ['a laptop', { rows: [{ ...snapshot.rows[0], target: 'local' }] }, ['rows', 0, 'target'], 'not allowed here'],
  ])('refuses %s, saying where', (_, change, path, message) => {
    const answer = parsePrices({ ...snapshot, ...change } as PriceSnapshot, 'us-east-1');
    expect(answer).toMatchObject({ ok: false, issues: [{ path, message: expect.stringContaining(message) }] });
  });
});
