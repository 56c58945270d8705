import { describe, expect, it } from 'vitest';
import { believedCapacity, modelDevice } from '../../../lib/core/search/device-model.ts';
import { AHEAD } from '../../../lib/core/search/hope.ts';
import { Notebook } from '../../../lib/core/search/notebook.ts';
import { leaderOf, screenDevice } from '../../../lib/core/search/screen-device.ts';
import { usdPerMillionAt } from '../../../lib/core/search/space.ts';
import type { Trial } from '../../../lib/core/search/trial.ts';
import { device, slo } from '../../support/one-configuration.ts';
import { tell } from '../../support/told-notebook.ts';

/** Its full batches were timed, and loads near its limit were seen. */
function known(of = device, loads = 1): Notebook {
  const notebook = new Notebook({ slo, devices: [of], trialSeconds: 60 });
  tell(notebook, of, 'only', { kind: 'saturate' }, {});
  for (let i = 0; i < loads; i++)
    tell(notebook, of, 'only', { kind: 'rate', perSecond: 150 }, { latencyMs: 94, latencyUpperMs: 110 });
  return notebook;
}

describe('screenDevice', () => {
  const notebook = known();
  const leader = leaderOf(notebook, modelDevice(notebook, device))!;
  /** Whether it loads once more what is believed to carry this share of what is certified elsewhere. */
  const loads = (share: number, care: number) => {
    const bestUsdPerMillion = usdPerMillionAt(device, leader.perSecond / share);
    return screenDevice(notebook, device, { bestUsdPerMillion, care }).next().done !== true;
  };

  it('loads what is about to be certified until it beats the best, or cannot', () => {
    expect(loads(0.995, 0.015)).toBe(true);
    expect(loads(1.2, 0.015)).toBe(false);
    expect(loads(0.7, 0.015)).toBe(false);
  });

  it('loads a rival at the rate that it would have to carry, though less is believed of it', () => {
    const [only] = device.configurations;
    const rival = { id: 'rival', batching: { ...only!.batching!, delayMs: 60 }, users: [] };
    const both = { ...device, configurations: [only!, rival] };
    const seen = known(both, 40);
    const model = modelDevice(seen, both);
    const { perSecond } = leaderOf(seen, model)!;
    expect(believedCapacity(seen, model[1]!)).toBeLessThan(perSecond);
    const aim = { bestUsdPerMillion: Number.POSITIVE_INFINITY, care: 0.015 };
    const [trial] = screenDevice(seen, both, aim).next().value as Trial[];
    expect(trial).toMatchObject({ configuration: 'rival', load: { kind: 'rate' } });
    expect(trial!.load.kind === 'rate' && trial!.load.perSecond).toBeCloseTo(perSecond * 1.015, 0);
  });

  it('tells how much the device carries in a good case, by which it may be returned to', () => {
    const [row] = modelDevice(notebook, device);
    expect(leader.hopedPerSecond).toBe(believedCapacity(notebook, row!, AHEAD));
    expect(leader.hopedPerSecond).toBeGreaterThan(leader.perSecond);
  });

  it('leaves a near tie undecided while other devices are to come', () => {
    expect(loads(0.995, 0.15)).toBe(false);
  });
});
