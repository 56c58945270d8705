import { describe, expect, it } from 'vitest';
import { reprice } from '../../../lib/core/catalog/reprice.ts';
import { configurationOf, scalarOf } from '../../support/measurements.ts';

const on = (instanceType: string, usdPerHour: number | null) =>
  scalarOf(configurationOf('a', { target: 'ec2', instanceType }), { latencyMs: 10, requestsPerMinute: 60 }, usdPerHour);

describe('pricing again', () => {
  it('changes the price and nothing else', () => {
    const before = on('inf1.xlarge', 0.368);
    const [after] = reprice([before]);
    expect(after).toEqual({ ...before, price: after!.price });
    expect(after!.price).toMatchObject({ usdPerHour: 0.228, region: 'us-east-1', date: '2026-07-20' });
  });

  it('prices what had none, in the region of the measurement', () => {
    const [priced, elsewhere] = reprice([on('g4dn.xlarge', null), { ...on('g4dn.xlarge', null), region: 'eu-west-3' }]);
    expect(priced!.price?.usdPerHour).toBe(0.526);
    expect(elsewhere).toMatchObject({
      price: null,
      priceNote: 'no trustworthy price of g4dn.xlarge in eu-west-3 is known',
    });
  });

  it('never leaves an old price standing, and takes an override', () => {
    const unknown = on('zz9.large', 1);
    expect(reprice([unknown])[0]).toMatchObject({ price: null });
    const own = { instanceType: 'zz9.large', usdPerHour: 2, source: 'quote', date: '2026-11-20' };
    expect(reprice([unknown], [own])[0]!.price).toMatchObject({ usdPerHour: 2, source: 'quote' });
  });
});
