/** A few executions timed on a deployed device: as many as tell its lines of service times, none for what cannot win. */
import { saturationRate } from './batching-queue.ts';
import { type Modelled, mayCarry, modelDevice } from './device-model.ts';
import { HOPE } from './hope.ts';
import type { Notebook, Searching } from './notebook.ts';
import type { Batching, SearchConfiguration, SearchDevice } from './space.ts';

type Batcher = SearchConfiguration & { batching: Batching };
/** Full batches repeat the same work: half a trial times them. */
const TIMING = 0.5;
/** What a single timing may be off by: two standard errors. */
const DOUBT = 0.12;
/** Step down from a size that failed. */
const SMALLER = 4;
/** The second size beside the largest useful one: far enough to tell `a` from `b`. */
const APART = 8;

/** @param barPerSecond rate below which the device is of no interest. @returns whether it may reach it. */
export function* timeDevice(notebook: Notebook, device: SearchDevice, barPerSecond: number): Searching<boolean> {
  const batchers = device.configurations.filter((c): c is Batcher => c.batching !== null);
  const seconds = notebook.space.trialSeconds * TIMING;
  const time = (c: Batcher) => notebook.ask(device, c.id, { kind: 'saturate' }, 'time', seconds);
  for (const line of new Set(batchers.map((c) => c.batching.line))) {
    let left = batchers.filter((c) => c.batching.line === line);
    let n = Math.max(...left.map((c) => c.batching.maxBatch));
    // A batch that does not fit into memory says nothing against a smaller one.
    for (; left.length > 0; n /= SMALLER) {
      const chosen = sized(left, n);
      yield* time(chosen);
      if (!notebook.failed(device, chosen.id)) break;
      left = left.filter((c) => c.batching.maxBatch < chosen.batching.maxBatch);
    }
  }
  const bare = modelDevice(notebook, device, true);
  const hopeful = bare.filter((m) => mayCarry(notebook, m, barPerSecond, DOUBT / m.belief.deviation));
  if (hopeful.length === 0) return false;
  const quickest = hopeful.reduce((a, b) => (saturationRate(b.queue) > saturationRate(a.queue) ? b : a));
  const { line } = quickest.batching;
  const own = batchers.filter((c) => c.batching.line === line && !notebook.failed(device, c.id));
  const useful = bare.filter((m) => m.batching.line === line && fits(notebook, m));
  const largest = Math.max(1, ...useful.map((m) => m.batching.maxBatch));
  for (const n of [largest, largest / APART]) {
    const chosen = sized(own, n);
    const timed = own.some(
      (c) =>
        c.batching.maxBatch <= 2 * chosen.batching.maxBatch &&
        c.batching.maxBatch >= chosen.batching.maxBatch &&
        notebook.on(device, c.id, { kind: 'saturate' }).length > 0,
    );
    if (!timed) yield* time(chosen);
  }
  return modelDevice(notebook, device).some((m) => mayCarry(notebook, m, barPerSecond, HOPE));
}

/** A request waits for one execution and is served by the next: a batch that takes half of the limit is the largest of use. */
function fits(notebook: Notebook, { queue, batching }: Modelled): boolean {
  return queue.serviceMs[batching.maxBatch]! <= notebook.space.slo.latencyMs / 2;
}

/** The configuration whose batch is nearest by ratio, with the shortest wait. */
function sized(own: readonly Batcher[], n: number): Batcher {
  const off = (c: Batcher) => Math.max(c.batching.maxBatch / n, n / c.batching.maxBatch);
  return own.toSorted((a, b) => off(a) - off(b) || a.batching.delayMs - b.batching.delayMs)[0]!;
}
