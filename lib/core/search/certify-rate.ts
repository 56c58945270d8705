/**
 * Confirmation of a configuration at the highest rate it can be certified at: the same load again and again until the upper
 * limit of its latency is inside the objective; a lower rate when it will not be, a higher one when there is clearly room.
 */
import { CERTIFIABLE } from './certifiable.ts';
import { believedCapacity, type Modelled, modelDevice } from './device-model.ts';
import { AHEAD, HOPE } from './hope.ts';
import type { Notebook, Searching } from './notebook.ts';
import { isHopeless, type Pooled, pooledLimit } from './pooled-limit.ts';
import { safeguarded } from './safeguard.ts';
import type { SearchDevice } from './space.ts';
import { type Load, roundRate } from './trial.ts';

/** Load below the believed capacity: half of the two per cent that matter buys the certificate. */
export const AIM = 0.995;
/** Trials of one load, and of a configuration. */
const MOST_AT_ONE = 20;
const MOST = 60;
/** Trials that a certificate needs: two can agree by chance. */
export const LEAST = 3;
/** Upper limit over the objective below which a certificate has room below a refusal, and the step that is tried then. */
const CLEAR = 0.93;
const STEP = 1.012;
/** Room above a certified rate that is worth another try. */
const ROOM = 1.008;

export interface Certified {
  device: SearchDevice;
  configuration: string;
  load: Load;
  /** Of its confirmations alone. */
  ratePerSecond: number;
  latencyMs: number;
  latencyUpperMs: number;
}

export function* certifyRate(
  notebook: Notebook,
  device: SearchDevice,
  configuration: string,
): Searching<Certified | null> {
  const own = (): Modelled | undefined =>
    modelDevice(notebook, device).find((m) => m.configuration.id === configuration);
  let best: Certified | null = null;
  /** Rates that were refused a certificate. */
  let refused = Number.POSITIVE_INFINITY;
  let next = 0;
  for (let total = 0, hope = AHEAD; total < MOST && !notebook.full; ) {
    const row = own();
    if (row === undefined) break;
    const believed = safeguarded(row.bracket, believedCapacity(notebook, row, best === null ? hope : HOPE)) * AIM;
    const wanted = Math.max(believed, next < row.bracket.high ? next : 0);
    // Between a certificate and a refusal: half-way, while that is worth a certificate.
    const perSecond = roundRate(best !== null && wanted >= refused ? Math.sqrt(best.ratePerSecond * refused) : wanted);
    if (perSecond <= 0 || (best !== null && perSecond < best.ratePerSecond * ROOM)) break;
    const load: Load = { kind: 'rate', perSecond };
    const before = notebook.trials;
    const pooled = yield* confirm(notebook, device, configuration, load, MOST_AT_ONE);
    total += notebook.trials - before;
    if (pooled === null) {
      refused = Math.min(refused, perSecond);
      if (best === null) hope -= AHEAD;
      else next = Math.sqrt(best.ratePerSecond * refused);
    } else {
      best = certificate(notebook, device, configuration, load, pooled);
      const { latencyMs } = notebook.space.slo;
      // While nothing was refused, a point below what is certifiable is room enough: a certificate of few trials has a wide limit.
      const roomy =
        refused === Number.POSITIVE_INFINITY
          ? pooled.latencyMs < latencyMs * CERTIFIABLE
          : pooled.sequentialUpperMs < latencyMs * CLEAR;
      next = roomy ? perSecond * STEP : refused < Number.POSITIVE_INFINITY ? Math.sqrt(perSecond * refused) : 0;
    }
  }
  return best;
}

/** The same load until it passes; null when it will not in as many trials. */
export function* confirm(
  notebook: Notebook,
  device: SearchDevice,
  configuration: string,
  load: Load,
  most: number,
): Searching<Pooled | null> {
  const { latencyMs } = notebook.space.slo;
  for (let k = 1; k <= most && !notebook.full; k++) {
    yield* notebook.ask(device, configuration, load, 'confirm');
    const seen = confirmed(notebook, device, configuration, load);
    const pooled = pooledLimit(seen.map((s) => s.observation));
    // Too few samples for a limit, errors, no answer: nothing that a certificate could say.
    const unlimited = seen.some(({ observation: o }) => o.failed || o.latencyUpperMs === null);
    if (pooled === null || unlimited) return null;
    if (seen.length < LEAST) {
      if (pooled.lowerMs > latencyMs) return null;
      continue;
    }
    if (pooled.sequentialUpperMs <= latencyMs) return pooled;
    if (isHopeless(pooled, latencyMs, most)) return null;
  }
  return null;
}

export function confirmed(notebook: Notebook, device: SearchDevice, configuration: string, load: Load) {
  return notebook.on(device, configuration, load).filter((s) => s.trial.purpose === 'confirm');
}

/** An open loop that keeps its latency serves what it is sent. */
export function certificate(
  notebook: Notebook,
  device: SearchDevice,
  configuration: string,
  load: Load,
  { latencyMs, upperMs }: Pooled,
): Certified {
  const rates = confirmed(notebook, device, configuration, load).map((s) => s.observation.ratePerSecond);
  const mean = rates.reduce((sum, r) => sum + r, 0) / rates.length;
  const ratePerSecond = load.kind === 'rate' ? load.perSecond : mean;
  return { device, configuration, load, ratePerSecond, latencyMs, latencyUpperMs: upperMs };
}
