/**
 * The best configuration of a deployed device. Each is given the benefit of its doubt: while one could, in a good case, beat
 * the best by more than is cared for, the likeliest is loaded at the rate it is believed to carry, and the belief about all is
 * revised. Upper confidence bounds: P. Auer, "Using Confidence Bounds for Exploitation-Exploration Trade-offs", JMLR 3
 * (2002); N. Srinivas et al., "Gaussian Process Optimization in the Bandit Setting", ICML (2010).
 */
import { CERTIFIABLE } from './certifiable.ts';
import { believedCapacity, type Modelled, mayCarry, modelDevice } from './device-model.ts';
import { foremost } from './foremost.ts';
import { lnSlowness } from './foretell.ts';
import { AHEAD, HOPE, HOPE_LOADED, HOPE_NEVER_LOADED } from './hope.ts';
import type { Notebook, Searching } from './notebook.ts';
import { isNarrow, safeguarded } from './safeguard.ts';
import { rateFor, type SearchDevice } from './space.ts';
import { roundRate } from './trial.ts';

/** Loads of one configuration in one screening: the rest is noise. */
const MOST_OF_ONE = 5;
/** To this share the leader is known before other devices are measured against it; its certificate needs no more. */
const LEADER = 0.12;
/** Loads at a rate in one screening: what is left undecided then is near a tie. */
const MOST = 60;

export interface Leader {
  row: Modelled;
  /** Believed rate at the certifiable latency. */
  perSecond: number;
  /** The most that any configuration of the device carries in the good case. */
  hopedPerSecond: number;
}

export interface Aim {
  /** Cost of the best elsewhere, USD per million; infinite when there is none. */
  bestUsdPerMillion: number;
  /** Share by which a better configuration must be better to be looked for, and to which the leader is known. */
  care: number;
}

/** @param except configurations that are not looked at. */
export function* screenDevice(
  notebook: Notebook,
  device: SearchDevice,
  aim: Aim,
  except: ReadonlySet<string> = new Set(),
): Searching<Leader | null> {
  const { bestUsdPerMillion } = aim;
  const bar = bestUsdPerMillion === Number.POSITIVE_INFINITY ? 0 : rateFor(device, bestUsdPerMillion);
  const fresh = () => modelDevice(notebook, device).filter((m) => !except.has(m.configuration.id));
  const loads = new Map<string, number>();
  for (let i = 0; i < MOST && !notebook.full; i++) {
    const model = fresh();
    const open = model.filter(({ configuration: { id }, bracket }) => {
      return (loads.get(id) ?? 0) < MOST_OF_ONE && !isNarrow(bracket);
    });
    const leader = leaderOf(notebook, model);
    const next = nextOf(notebook, open, leader, { bar, care: aim.care });
    if (next === null) return leader;
    const perSecond = roundRate(aimed(notebook, next, leader, { bar, care: aim.care }));
    if (perSecond <= 0) return leader;
    loads.set(next.configuration.id, 1 + (loads.get(next.configuration.id) ?? 0));
    yield* notebook.ask(device, next.configuration.id, { kind: 'rate', perSecond }, 'screen');
  }
  return leaderOf(notebook, fresh());
}

/** Rate that a configuration must carry to be of interest. */
function rateToBeat(notebook: Notebook, leader: Leader | null, { bar, care }: { bar: number; care: number }): number {
  return Math.max((leader?.perSecond ?? 0) * (1 + care), bar * (1 + notebook.indifference));
}

/** Loaded where it is believed to be; a rival, where a certificate hangs on it, where it would have to be, at least. */
function aimed(notebook: Notebook, row: Modelled, leader: Leader | null, aim: { bar: number; care: number }): number {
  const believed = safeguarded(row.bracket, believedCapacity(notebook, row, row.loaded ? AHEAD : 0));
  if (aim.care >= LEADER || row.configuration.id === leader?.row.configuration.id) return believed;
  const beat = rateToBeat(notebook, leader, aim);
  return beat < row.bracket.high ? Math.max(believed, beat) : believed;
}

export function leaderOf(notebook: Notebook, model: readonly Modelled[]): Leader | null {
  const row = foremost(
    notebook,
    model.filter((m) => m.loaded),
  );
  if (row === null) return null;
  const hoped = foremost(notebook, model, AHEAD);
  return {
    row,
    perSecond: believedCapacity(notebook, row),
    hopedPerSecond: hoped === null ? 0 : believedCapacity(notebook, hoped, AHEAD),
  };
}

function nextOf(
  notebook: Notebook,
  model: readonly Modelled[],
  leader: Leader | null,
  { bar, care }: { bar: number; care: number },
): Modelled | null {
  const { latencyMs, percentile } = notebook.space.slo;
  const limitMs = CERTIFIABLE * latencyMs;
  if (leader === null && bar === 0) return foremost(notebook, model);
  const hope = ({ loaded }: Modelled) => (care >= LEADER ? HOPE : loaded ? HOPE_LOADED : HOPE_NEVER_LOADED);
  const hopeful = (row: Modelled, perSecond: number) => mayCarry(notebook, row, perSecond, hope(row));
  const win = bar * (1 + notebook.indifference);
  const beat = rateToBeat(notebook, leader, { bar, care });
  const rivals = model.filter((m) => m !== leader?.row && hopeful(m, beat));
  if (leader !== null && model.includes(leader.row)) {
    const { row, perSecond } = leader;
    // Where latency is flat a little slowness is a lot of load: what counts is the load.
    const unsure = hopeful(row, perSecond * (1 + HOPE * LEADER)) && hopeful(row, Math.max(bar, 1e-3));
    // About to be certified, it is loaded until it beats what is, or cannot.
    const undecided = care < LEADER && perSecond < win && hopeful(row, win);
    if (unsure || undecided) rivals.push(row);
  }
  const chance = ({ queue, belief }: Modelled) =>
    (lnSlowness(queue, beat, limitMs, percentile) - belief.mean) / Math.max(belief.deviation, 1e-3);
  let best: { row: Modelled; chance: number } | null = null;
  for (const row of rivals) {
    const own = row === leader?.row ? 0 : chance(row);
    if (best === null || own > best.chance) best = { row, chance: own };
  }
  return best?.row ?? null;
}
