import { describe, expect, it } from 'vitest';
import { costLines } from '../../lib/cli/cost-lines.ts';
import { priceAssembly } from '../../lib/core/cost/price-assembly.ts';

const alarm = (metrics: number) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: { Metrics: Array.from({ length: metrics }, (_, i) => ({ Id: `m${i}`, MetricStat: { Period: 60 } })) },
});
const logs = { Type: 'AWS::Logs::LogGroup', Properties: {} };
const stackOf = (name: string, region: string | null, metrics: number[]) => ({
  name,
  region,
  tags: { 'infersweep:stack': name.toLowerCase() },
  template: {
    Resources: { Log: logs, ...Object.fromEntries(metrics.map((n) => [`${name}Alarm${n}`, alarm(n)])) },
  },
});
const cost = (region: string | null = 'us-east-1') =>
  priceAssembly([stackOf('One', region, [1, 2, 3]), stackOf('Two', region, [4, 5])], {
    region: null,
    hoursActive: 730,
  });
const text = (o: { rows: boolean; top: number }, of = cost()) => costLines(of, o).join('\n');

describe('what an app costs, for a person', () => {
  it('is the dearest rows and the sums, and says how to see the rest', () => {
    const shown = text({ rows: false, top: 2 });
    expect(shown).toMatch(/^dearest 2 of 5 +idle +active +max/);
    expect(shown).toMatch(/TwoAlarm5.* 0\.50 +0\.50 +0\.50\nTwoAlarm4.* 0\.40 +0\.40 +0\.40\n/);
    expect(shown).not.toContain('OneAlarm3');
    expect(shown).toMatch(/infersweep:stack=one +0\.60/);
    expect(shown).toMatch(/One \(us-east-1\) +0\.60.*\nTwo \(us-east-1\) +0\.90.*\nall stacks +1\.50/);
    expect(shown).not.toContain('GB ingested');
    expect(shown).toContain('--rows shows every row');
  });

  it('shows every row, usage included, before the sums where that is asked for', () => {
    const shown = text({ rows: true, top: 2 });
    for (const row of ['OneAlarm1', 'OneAlarm2', 'OneAlarm3', 'TwoAlarm4', 'TwoAlarm5']) expect(shown).toContain(row);
    expect(shown).toContain('USD per GB ingested');
    expect(shown.indexOf('GB ingested')).toBeLessThan(shown.indexOf('all stacks'));
    expect(shown).not.toContain('dearest');
    expect(shown).not.toContain('--rows');
  });

  it('leaves the dearest rows out where none are asked for', () => {
    expect(text({ rows: false, top: 0 })).toMatch(/^by tag/);
  });

  it('counts what has no price, with the reasons', () => {
    const shown = text({ rows: false, top: 5 }, cost(null));
    expect(shown).toContain('unknown: 5 rows have no price (no region is set), so a sum is what is known of it');
    expect(shown).toMatch(/all stacks +> 0\.00/);
  });

  it('has no sum of all stacks where there is one', () => {
    const one = priceAssembly([stackOf('One', 'us-east-1', [1])], { region: null, hoursActive: 730 });
    expect(text({ rows: false, top: 5 }, one)).not.toContain('all stacks');
  });
});
