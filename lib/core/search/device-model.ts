/** Everything measured on a device made into what each of its configurations can carry. */
import type { Slo } from '../recommend/goal.ts';
import { keeps, type Queue, saturationRate } from './batching-queue.ts';
import { CERTIFIABLE } from './certifiable.ts';
import { type Belief, beliefs, type Settings, type Told } from './correction.ts';
import { exp, ln } from './exact-math.ts';
import { betrayedBy, capacity, spreadOf } from './foretell.ts';
import type { Notebook } from './notebook.ts';
import { type Bracket, bracketOf, STEP, within } from './safeguard.ts';
import { fitLine, type Line, lnBeyond, type Timing, tableOf } from './service-line.ts';
import type { Batching, SearchConfiguration, SearchDevice } from './space.ts';
import type { Observation } from './trial.ts';

/** An overload lasts as long as its trial: beyond this how far it is over says nothing more. */
const OVERLOAD = 3;
/** Saturation and the objective do not agree on slowness by more than this. */
const FULL = 0.03;

export interface Modelled {
  configuration: SearchConfiguration;
  batching: Batching;
  queue: Queue;
  /** Of the logarithm of its slowness. */
  belief: Belief;
  /** It was loaded at a rate. */
  loaded: boolean;
  /** What was seen of it, whatever is believed. */
  bracket: Bracket;
}

/** @param bare single timings claim that all of the time grows with the batch: the most that can be hoped for. */
export function modelDevice(notebook: Notebook, device: SearchDevice, bare = false): Modelled[] {
  const { slo } = notebook.space;
  const lines = linesOf(notebook, device, bare);
  const rows = device.configurations.flatMap((configuration) => {
    const { batching } = configuration;
    const line = batching === null ? undefined : lines.get(batching.line);
    if (batching === null || line === undefined || notebook.failed(device, configuration.id)) return [];
    const { instances, maxBatch, delayMs } = batching;
    const queue = { serviceMs: tableOf(line, maxBatch), instances, maxBatch, delayMs };
    return [{ configuration, batching, queue, fit: `${line.a} ${line.b} ${line.bends.map((k) => k.ln)}` }];
  });
  const settings = rows.map(
    ({ batching: { line, maxBatch, delayMs } }): Settings => ({
      line,
      lineSpread: lines.get(line)!.spread,
      lnBatch: ln(maxBatch),
      lnBeyond: lnBeyond(lines.get(line)!, maxBatch),
      delay: delayMs / slo.latencyMs,
    }),
  );
  const heard = rows.flatMap(({ configuration, queue, fit }, of) =>
    notebook.on(device, configuration.id).flatMap(({ trial: { id, load }, observation }): Told[] => {
      const { latencyMs } = observation;
      if (load.kind !== 'rate' || latencyMs === null) return [];
      const said = () => saidBy(queue, load.perSecond, { ...observation, latencyMs }, slo);
      return [{ of, ...notebook.remember(`${id} under ${fit}`, said) }];
    }),
  );
  const believed = beliefs(settings, heard);
  const loaded = new Set(heard.map((t) => t.of));
  return rows.map((row, i) => ({
    ...row,
    belief: believed[i]!,
    loaded: loaded.has(i),
    bracket: bracketOf(notebook, device, row.configuration.id),
  }));
}

/** What one trial at a rate says: by its latency, or where that only says that it was too much, by what it served. */
function saidBy(
  queue: Queue,
  perSecond: number,
  { latencyMs, latencyUpperMs, ratePerSecond, rateSpread }: Observation & { latencyMs: number },
  { latencyMs: sloMs, percentile }: Slo,
): Omit<Told, 'of'> {
  const limitMs = CERTIFIABLE * sloMs;
  const over = latencyMs > OVERLOAD * limitMs;
  const spread = spreadOf(latencyMs, latencyUpperMs);
  const said = betrayedBy(queue, { perSecond, latencyMs: over ? OVERLOAD * limitMs : latencyMs, spread }, percentile);
  if (!over) return { value: said.lnSlowness, variance: said.variance, off: ln(latencyMs / limitMs) };
  const served = ln(saturationRate(queue) / ratePerSecond);
  return { value: Math.max(said.lnSlowness, served), variance: rateSpread * rateSpread + FULL * FULL, off: 0 };
}

/**
 * The rate that a configuration is believed to carry at the certifiable latency, per second.
 * @param hope so many standard deviations above what is most likely.
 */
export function believedCapacity(notebook: Notebook, { queue, belief, bracket }: Modelled, hope = 0): number {
  const { latencyMs, percentile } = notebook.space.slo;
  const slowness = exp(belief.mean - hope * belief.deviation);
  return within(bracket, capacity(queue, slowness, CERTIFIABLE * latencyMs, percentile));
}

/** Does it carry a rate, if it is so many standard deviations quicker than is most likely? */
export function mayCarry(notebook: Notebook, row: Modelled, perSecond: number, hope: number): boolean {
  const { latencyMs, percentile } = notebook.space.slo;
  const { queue, belief, bracket } = row;
  if (perSecond >= bracket.high) return false;
  // Where it was only ever seen to hold, one step further is always possible.
  const further = bracket.high === Number.POSITIVE_INFINITY && hope > 0 ? STEP : 1;
  if (perSecond <= bracket.low * further) return true;
  const slowness = exp(belief.mean - hope * belief.deviation);
  return keeps(queue, Math.max(perSecond, 1e-3), slowness, CERTIFIABLE * latencyMs, percentile);
}

function linesOf(notebook: Notebook, device: SearchDevice, bare: boolean): Map<string, Line> {
  const timings = new Map<string, Timing[]>();
  for (const { id, batching } of device.configurations) {
    if (batching === null) continue;
    const timed = notebook.on(device, id, { kind: 'saturate' }).filter((s) => s.observation.ratePerSecond > 0);
    if (timed.length === 0) continue;
    const rate = timed.reduce((sum, s) => sum + s.observation.ratePerSecond, 0) / timed.length;
    const spread =
      Math.sqrt(timed.reduce((sum, s) => sum + s.observation.rateSpread * s.observation.rateSpread, 0)) / timed.length;
    const known = timings.get(batching.line) ?? [];
    const ms = (1000 * batching.instances * batching.maxBatch) / rate;
    timings.set(batching.line, [...known, { n: batching.maxBatch, ms, spread }]);
  }
  const most = [...timings.values()].reduce<Timing[]>((a, b) => (b.length > a.length ? b : a), []);
  const likeness = bare || most.length < 2 ? null : fitLine(most, null);
  return new Map([...timings].map(([line, known]) => [line, fitLine(known, likeness)]));
}
