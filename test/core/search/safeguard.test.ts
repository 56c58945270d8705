import { describe, expect, it } from 'vitest';
import { Notebook } from '../../../lib/core/search/notebook.ts';
import { bracketOf, safeguarded } from '../../../lib/core/search/safeguard.ts';
import { device, slo } from '../../support/one-configuration.ts';
import { tell } from '../../support/told-notebook.ts';

/** The limit that counts is 95 ms. @param readings [rate, latency, its upper 95 % limit] */
function bracketAfter(readings: readonly (readonly [number, number | null, number | null])[]) {
  const notebook = new Notebook({ slo, devices: [device], trialSeconds: 60 });
  for (const [perSecond, latencyMs, latencyUpperMs] of readings)
    tell(notebook, device, 'only', { kind: 'rate', perSecond }, { latencyMs, latencyUpperMs });
  return bracketOf(notebook, device, 'only');
}

/** An upper limit that is so many standard errors of the logarithm above what is told. */
const above = (latencyMs: number, error: number) => latencyMs * Math.exp(1.645 * error);

describe('bracketOf', () => {
  const nothing = { low: 0, high: Number.POSITIVE_INFINITY };

  it.each([
    ['1.5 errors above the limit', 119, 0.15, nothing],
    ['1.8 errors above the limit', 119, 0.125, { low: 0, high: 150 }],
    ['below the limit with its upper limit', 80, 0.1, { low: 150, high: Number.POSITIVE_INFINITY }],
    ['below the limit, but not with its upper limit', 90, 0.1, nothing],
  ])('of one trial %s', (_, latencyMs, error, bracket) => {
    expect(bracketAfter([[150, latencyMs, above(latencyMs, error)]])).toEqual(bracket);
  });

  it('takes the highest that held and the lowest that broke', () => {
    const held = [80, 82] as const;
    const broke = [150, 150] as const;
    expect(
      bracketAfter([
        [100, ...held],
        [120, ...held],
        [160, ...broke],
        [140, ...broke],
        [130, null, null],
      ]),
    ).toEqual({ low: 120, high: 130 });
  });

  it('takes nothing from a latency without a limit, nor from trials that contradict each other', () => {
    expect(bracketAfter([[150, 400, null]])).toEqual(nothing);
    expect(
      bracketAfter([
        [150, 80, 82],
        [120, 150, 150],
      ]),
    ).toEqual(nothing);
  });
});

describe('safeguarded', () => {
  it.each([
    ['inside', { low: 100, high: 200 }, 150, 150],
    ['beyond both sides', { low: 100, high: 144 }, 160, 120],
    ['with nothing that held', { low: 0, high: 104 }, 160, 100],
    ['with nothing that broke', { low: 100, high: Number.POSITIVE_INFINITY }, 90, 104],
  ])('%s', (_, bracket, perSecond, rate) => expect(safeguarded(bracket, perSecond)).toBeCloseTo(rate, 9));
});
