import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { servicePrice, servicePriceRows } from '../../../lib/core/catalog/service-price.ts';
import { amounts } from '../../../lib/core/cost/charge.ts';
import { isGap, priceAssembly, type SynthesisedStack } from '../../../lib/core/cost/price-assembly.ts';
import { knownTypes } from '../../../lib/core/cost/pricers/registry.ts';
import type { Resource } from '../../../lib/core/cost/template.ts';

const FIGURES = ['idleUsdPerMonth', 'activeUsdPerMonth', 'maxUsdPerMonth'] as const;

/** Any known type, with properties that may be missing, wrong or left to deployment; and types nobody knows. */
const value = fc.oneof(
  fc.constantFrom('c7g.xlarge', 'ml.g4dn.xlarge', 'Interface', '60', ''),
  fc.nat(50),
  fc.constant({ Ref: 'Given' }),
  fc.constant(null),
);
const names = [
  'InstanceType',
  'EndpointConfigName',
  'Environment',
  'MinSize',
  'MaxSize',
  'DesiredCapacity',
  'VpcEndpointType',
  'SubnetIds',
  'Period',
  'Cpu',
  'Memory',
  'BillingMode',
  'Type',
  'LaunchType',
  'Size',
  'VolumeSize',
];
const resource: fc.Arbitrary<Resource> = fc.record({
  Type: fc.oneof(
    fc.constantFrom(...knownTypes),
    fc.string().map((name) => `AWS::Unheard::${name}`),
  ),
  Properties: fc.dictionary(fc.constantFrom(...names), value),
});
const stack: fc.Arbitrary<SynthesisedStack> = fc.record({
  name: fc.string(),
  region: fc.constantFrom('us-east-1', 'eu-west-1', null),
  tags: fc.dictionary(fc.constantFrom('infersweep:experiment', 'other'), fc.constantFrom('a', 'b')),
  template: fc.record({ Resources: fc.dictionary(fc.stringMatching(/^[A-Z][a-z]{0,4}$/), resource, { maxKeys: 12 }) }),
});

const priced = (stacks: SynthesisedStack[], hoursActive = 730) => priceAssembly(stacks, { region: null, hoursActive });

describe('an assembly', () => {
  it('adds up: every sum is that of its rows, and null as soon as one of them is', () => {
    fc.assert(
      fc.property(fc.array(stack, { maxLength: 4 }), fc.integer({ min: 0, max: 730 }), (stacks, hours) => {
        const cost = priced(stacks, hours);
        const sums = [...cost.stacks, { ...cost.total, rows: cost.stacks.flatMap((s) => s.rows) }];
        for (const { rows, gaps, known, ...sum } of sums) {
          expect(gaps).toBe(rows.filter(isGap).length);
          for (const figure of FIGURES) {
            const parts = rows.map((row) => row[figure]);
            const added = parts.reduce<number>((so, part) => so + (part ?? 0), 0);
            expect(known[figure]).toBeCloseTo(added, 6);
            if (parts.includes(null)) expect(sum[figure]).toBeNull();
            else expect(sum[figure]).toBeCloseTo(added, 6);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never prices silently: a figure has a unit price or a reason, and an unheard type none', () => {
    fc.assert(
      fc.property(stack, (given) => {
        const cost = priced([given]);
        const { rows } = cost.stacks[0]!;
        expect(new Set(rows.map((row) => row.logicalId))).toEqual(new Set(Object.keys(given.template.Resources!)));
        for (const row of rows) {
          expect(row.unitPrice !== null || row.reason !== null, JSON.stringify(row)).toBe(true);
          if (row.type.startsWith('AWS::Unheard::')) expect(FIGURES.map((f) => row[f])).toEqual([null, null, null]);
          if (row.unitPrice) expect(row.unitPrice.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
          for (const figure of FIGURES) if (row[figure] !== null) expect(row[figure]).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('prices no region by another', () => {
    fc.assert(
      fc.property(stack, (given) => {
        const [elsewhere] = priced([{ ...given, region: 'eu-west-1' }]).stacks;
        for (const row of elsewhere!.rows) {
          if (!row.type.startsWith('AWS::Budgets::')) expect(row.unitPrice).toBeNull();
        }
      }),
    );
  });

  it('sums by the tags of stack and resource, the resource winning', () => {
    const nat = (Tags?: unknown): Resource => ({ Type: 'AWS::EC2::NatGateway', Properties: { Tags } });
    const cost = priced([
      {
        name: 'Lab',
        region: 'us-east-1',
        tags: { 'infersweep:stack': 'lab', team: 'x' },
        template: {
          Resources: {
            A: nat(),
            B: nat([{ Key: 'infersweep:stack', Value: 'own' }]),
            C: nat({ 'infersweep:run': 'r1' }),
          },
        },
      },
    ]);
    const sums = Object.fromEntries(
      cost.tags.map((t) => [`${t.tag}=${t.value}`, Number(t.idleUsdPerMonth!.toFixed(2))]),
    );
    expect(sums).toEqual({ 'infersweep:stack=lab': 65.7, 'infersweep:stack=own': 32.85, 'infersweep:run=r1': 32.85 });
  });

  it('keeps a stack to its own region when another is given', () => {
    const Resources = { Nat: { Type: 'AWS::EC2::NatGateway' } };
    const stacks = [null, 'eu-west-1'].map((region) => ({ name: 'S', region, tags: {}, template: { Resources } }));
    const cost = priceAssembly(stacks, { region: 'us-east-1', hoursActive: 730 });
    expect(cost.stacks.map((s) => s.idleUsdPerMonth)).toEqual([0.045 * 730, null]);
    expect(cost.total).toMatchObject({ idleUsdPerMonth: null, gaps: 1, known: { idleUsdPerMonth: 0.045 * 730 } });
  });
});

describe('the snapshot of unit prices', () => {
  it('has one row for each id and region, each with its source', () => {
    const keys = servicePriceRows.map(({ id, region }) => `${id} ${region}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { id, region, usd } of servicePriceRows) {
      const price = servicePrice(id, region);
      expect(price).toMatchObject({
        usd,
        date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
        source: expect.stringMatching(/.{10}/),
      });
    }
  });

  it('gives a global price anywhere and any other nowhere else', () => {
    expect(servicePrice('budget', 'eu-west-1')).toMatchObject({ usd: 0, region: 'global' });
    expect(servicePrice('kms-key', 'eu-west-1')).toEqual({
      missing: 'no sourced price of kms-key in eu-west-1 is known',
    });
  });
});

describe('amounts', () => {
  it('refuse a standing price by a unit that is no time', () => {
    const charge = {
      kind: 'standing',
      what: 'x',
      quantity: { idle: 1, active: 1, max: 1 },
      price: { usd: 1, per: 'GB', source: 's', date: 'd' },
    } as const;
    expect(amounts(charge, 730)).toMatchObject({
      amounts: { idleUsdPerMonth: null },
      reason: expect.stringContaining('per GB'),
    });
  });
});
