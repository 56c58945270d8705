import { describe, expect, it } from 'vitest';
import { drawOf, seedOf } from '../../../bench/search/draw.ts';
import { noisyLatency } from '../../../bench/search/noisy-latency.ts';
import { certifyRate, confirm } from '../../../lib/core/search/certify-rate.ts';
import { Notebook } from '../../../lib/core/search/notebook.ts';
import type { Observation, Trial } from '../../../lib/core/search/trial.ts';
import { device, slo } from '../../support/one-configuration.ts';
import { tell } from '../../support/told-notebook.ts';

/** Its latency does not rise up to this rate, which is above what its timing foretells, and breaks beyond. */
const MOST = 215;

function answer({ id, load }: Trial): Observation {
  const rate = load.kind === 'rate' ? load.perSecond : 200;
  const latencyMs = load.kind !== 'rate' ? null : rate <= MOST ? 90 : 130;
  const latencyUpperMs = latencyMs === null ? null : latencyMs * 1.08;
  return { trial: id, ratePerSecond: rate, rateSpread: 0.02, latencyMs, latencyUpperMs, failed: false };
}

describe('certifyRate', () => {
  it('climbs while the latency is below what can be certified, though the limit of a few trials is wide', () => {
    const notebook = new Notebook({ slo, devices: [device], trialSeconds: 60 });
    tell(notebook, device, 'only', { kind: 'saturate' }, {});
    const search = certifyRate(notebook, device, 'only');
    let step = search.next();
    while (!step.done) step = search.next(step.value.map(answer));
    expect(step.value!.ratePerSecond).toBeGreaterThan(MOST / 1.015);
    expect(step.value!.ratePerSecond).toBeLessThanOrEqual(MOST);
  });
});

describe('confirm', () => {
  const draw = drawOf(seedOf('confirm'));
  const LOADS = 2000;

  /** Share of loads of this latency that get a certificate, with a limit of 100 ms and trials that are off by 7 %. */
  function passing(trueMs: number): number {
    let passed = 0;
    for (let i = 0; i < LOADS; i++) {
      const notebook = new Notebook({ slo, devices: [device], trialSeconds: 60 });
      const search = confirm(notebook, device, 'only', { kind: 'rate', perSecond: 200 }, 20);
      let step = search.next();
      while (!step.done) {
        const trials = step.value;
        step = search.next(trials.map((t) => ({ ...answer(t), ...noisyLatency(trueMs, 0.07, draw) })));
      }
      if (step.value !== null) passed++;
    }
    return passed / LOADS;
  }

  it('lets fewer than one load in fifty pass at the very limit, looked at after each trial, and none in 5 % beyond', () => {
    expect(passing(100)).toBeLessThan(0.02);
    expect(passing(105)).toBeLessThan(0.002);
  });

  it('lets most pass that keep 95 % of the limit', () => {
    expect(passing(95)).toBeGreaterThan(0.6);
  });
});
