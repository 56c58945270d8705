import { describe, expect, it } from 'vitest';
import { modelDevice } from '../../../lib/core/search/device-model.ts';
import { Notebook } from '../../../lib/core/search/notebook.ts';
import { leaderOf, screenDevice } from '../../../lib/core/search/screen-device.ts';
import { type SearchDevice, usdPerMillionAt } from '../../../lib/core/search/space.ts';
import type { Load, Observation } from '../../../lib/core/search/trial.ts';

const device: SearchDevice = {
  id: 'd',
  usdPerHour: 1,
  deploySeconds: 400,
  reloadSeconds: 40,
  configurations: [{ id: 'only', batching: { line: 'l', instances: 1, maxBatch: 8, delayMs: 0 }, users: [] }],
};
const slo = { percentile: 95, latencyMs: 100, maxErrorRate: 0.01 };

/** Its full batches were timed, and a load near its limit was seen. */
function known(): Notebook {
  const notebook = new Notebook({ slo, devices: [device], trialSeconds: 60 });
  const tell = (load: Load, o: Partial<Observation>) => {
    const asked = notebook.ask(device, 'only', load, 'screen');
    const [trial] = asked.next().value as { id: string }[];
    const observation = { ratePerSecond: 200, rateSpread: 0.02, latencyMs: null, latencyUpperMs: null, failed: false };
    asked.next([{ trial: trial!.id, ...observation, ...o }]);
  };
  tell({ kind: 'saturate' }, { ratePerSecond: 200 });
  tell({ kind: 'rate', perSecond: 150 }, { latencyMs: 94, latencyUpperMs: 110 });
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

  it('leaves a near tie undecided while other devices are to come', () => {
    expect(loads(0.995, 0.15)).toBe(false);
  });
});
