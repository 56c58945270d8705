import { describe, expect, it } from 'vitest';
import { instanceOf } from '../../../lib/core/catalog/instance.ts';
import { priceOf } from '../../../lib/core/catalog/price.ts';
import catalog from '../../../lib/core/catalog/prices.json' with { type: 'json' };

describe('priceOf', () => {
  it('answers with source, region and date', () => {
    expect(priceOf('sagemaker', 'ml.g4dn.2xlarge', 'us-east-1')).toMatchObject({
      usdPerHour: 0.94,
      region: 'us-east-1',
      date: '2025-04-11',
      source: expect.stringContaining('pricing.yml'),
    });
    expect(priceOf('ec2', 'inf1.xlarge', 'us-east-1')).toMatchObject({ usdPerHour: 0.228, date: '2026-07-20' });
  });

  it.each([
    ['another region', 'ec2', 'g4dn.xlarge', 'eu-west-1', 'eu-west-1'],
    ['a type without a trustworthy source', 'sagemaker', 'ml.inf1.xlarge', 'us-east-1', 'no trustworthy price'],
    ['this machine', 'local', 'local-1c', 'us-east-1', 'laptop'],
    ['no region', 'ec2', 'g4dn.xlarge', null, 'no region'],
  ] as const)('has none for %s', (_, target, instanceType, region, reason) => {
    expect(priceOf(target, instanceType, region)).toEqual({ missing: expect.stringContaining(reason) });
  });

  it('has none for Spot, but takes one from the experiment', () => {
    expect(priceOf('ec2', 'g4dn.xlarge', 'us-east-1', [], 'spot')).toEqual({
      missing: expect.stringContaining('Spot'),
    });
    const own = { instanceType: 'g4dn.xlarge', usdPerHour: 0.2, source: 'mine', date: '2026-11-01' };
    expect(priceOf('ec2', 'g4dn.xlarge', 'eu-west-1', [own], 'spot')).toEqual({
      usdPerHour: 0.2,
      source: 'mine',
      date: '2026-11-01',
      region: 'eu-west-1',
    });
  });

  it('knows the type of every row, once for each region, above zero', () => {
    const keys = catalog.rows.map((row) => `${row.target} ${row.instanceType} ${row.region}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const row of catalog.rows) {
      expect(instanceOf(row.target as 'ec2', row.instanceType), row.instanceType).not.toBeNull();
      expect(row.usdPerHour).toBeGreaterThan(0);
      expect(Object.keys(catalog.sources)).toContain(row.source);
    }
  });
});
