import { expect, it } from 'vitest';
import { Notebook } from '../../../lib/core/search/notebook.ts';
import type { SearchDevice } from '../../../lib/core/search/space.ts';
import { timeDevice } from '../../../lib/core/search/time-device.ts';
import type { Observation, Trial } from '../../../lib/core/search/trial.ts';
import { device, slo } from '../../support/one-configuration.ts';

const BATCHES = [1, 2, 4, 8, 16, 32];
const lined = (line: string) =>
  BATCHES.map((maxBatch) => ({
    id: `${line}/${maxBatch}`,
    batching: { line, instances: 1, maxBatch, delayMs: 0 },
    users: [],
  }));

/** Configurations in the order they were timed. @param msOf one execution of `n` */
function timed(of: SearchDevice, msOf: (line: string, n: number) => number): string[] {
  const asked: string[] = [];
  const timing = timeDevice(new Notebook({ slo, devices: [of], trialSeconds: 60 }), of, 0);
  let step = timing.next();
  while (!step.done) {
    const answers = (step.value as Trial[]).map(({ id, configuration }): Observation => {
      asked.push(configuration);
      const [line, n] = configuration.split('/') as [string, string];
      const ratePerSecond = (1000 * Number(n)) / msOf(line, Number(n));
      return { trial: id, ratePerSecond, rateSpread: 0.03, latencyMs: null, latencyUpperMs: null, failed: false };
    });
    step = timing.next(answers);
  }
  return asked;
}

it('times the largest batch of every line, and of the quickest a small one', () => {
  const two = { ...device, configurations: [...lined('slow'), ...lined('quick')] };
  const asked = timed(two, (line, n) => (line === 'slow' ? 2 : 1) * (2 + n));
  expect(asked).toEqual(['slow/32', 'quick/32', 'quick/4']);
});

it('times around the largest batch that the objective has room for, and none beside one that was timed', () => {
  const one = { ...device, configurations: lined('only') };
  expect(timed(one, (_, n) => 20 + 12 * n)).toEqual(['only/32', 'only/2']);
});
