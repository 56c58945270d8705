/**
 * The search, written as if it ran: one device after the other, the cheapest per hour first, each deployed once; screening is
 * optimistic and drops what cannot win, confirmation is pessimistic and alone is reported.
 */
import { type Certified, certifyRate } from './certify-rate.ts';
import { certifyUsers, climbUsers } from './climb-users.ts';
import { confirmNow } from './confirm-now.ts';
import type { Notebook, Searching } from './notebook.ts';
import { screenDevice } from './screen-device.ts';
import {
  checkSpace,
  rateFor,
  type SearchConfiguration,
  type SearchDevice,
  type SearchSpace,
  usdPerMillionAt,
} from './space.ts';
import { timeDevice } from './time-device.ts';

export interface Outcome {
  /** The recommended configuration and load; null when none could be certified. */
  pick: Certified | null;
  usdPerMillion: number | null;
  reason: 'certified' | 'infeasible' | 'trials-exhausted';
}

/** Trials that the last screening and a confirmation are expected to take. */
const CONFIRMATIONS = 25;
/** Configurations of one device that are certified, at most. */
const MOST_CERTIFIED = 3;
/** What is cared for while other devices are still to come. */
const COARSE = 0.15;
/** And when the best of a device is about to be certified. */
const FINE = 0.015;

interface Contender {
  device: SearchDevice;
  configuration: SearchConfiguration;
  /** Users to begin with; null for rates. */
  users: number | null;
  usdPerMillion: number;
  /** In a good case. */
  hopedUsdPerMillion: number;
}

export function* searchSpace(space: SearchSpace, notebook: Notebook): Searching<Outcome> {
  checkSpace(space);
  const devices = space.devices.toSorted((a, b) => a.usdPerHour - b.usdPerHour || (a.id < b.id ? -1 : 1));
  const waiting: Contender[] = [];
  const bar = () => Math.min(notebook.bestUsdPerMillion, ...waiting.map((c) => c.usdPerMillion));
  const take = (contender: Contender) => waiting.splice(waiting.indexOf(contender), 1);
  for (const [i, device] of devices.entries()) {
    if (notebook.full) break;
    const found = yield* contenderOf(notebook, device, bar());
    if (found === null) continue;
    const foremost = found.usdPerMillion < bar();
    waiting.push(found);
    const confirmSeconds = CONFIRMATIONS * space.trialSeconds;
    const now = confirmNow({
      met: i + 1,
      devices: devices.length,
      confirmSeconds,
      deploySeconds: device.deploySeconds,
    });
    if (!foremost || !now) continue;
    take(found);
    yield* certify(notebook, found);
  }
  while (waiting.length > 0 && !notebook.full) {
    const next = waiting.reduce((a, b) => (b.usdPerMillion < a.usdPerMillion ? b : a));
    take(next);
    const hoped = Math.min(next.usdPerMillion, next.hopedUsdPerMillion);
    if (hoped <= notebook.bestUsdPerMillion * (1 - notebook.indifference)) yield* certify(notebook, next);
  }
  const { best } = notebook;
  const reason = notebook.full ? 'trials-exhausted' : best === null ? 'infeasible' : 'certified';
  return { pick: best?.certified ?? null, usdPerMillion: best?.usdPerMillion ?? null, reason };
}

/** Looks closely at the device of a contender and certifies what is best there. */
function* certify(notebook: Notebook, { device, configuration, users }: Contender): Searching<void> {
  if (users !== null) return notebook.keep(yield* certifyUsers(notebook, device, configuration, users));
  // What is certified may fall short of what was believed: then the next may be better.
  const tried = new Set<string>();
  for (let i = 0; i < MOST_CERTIFIED && !notebook.full; i++) {
    const aim = { bestUsdPerMillion: notebook.bestUsdPerMillion, care: FINE };
    const leader = yield* screenDevice(notebook, device, aim, tried);
    if (leader === null) return;
    if (usdPerMillionAt(device, leader.perSecond) > notebook.bestUsdPerMillion * (1 - notebook.indifference)) return;
    tried.add(leader.row.configuration.id);
    notebook.keep(yield* certifyRate(notebook, device, leader.row.configuration.id));
  }
}

function* contenderOf(
  notebook: Notebook,
  device: SearchDevice,
  bestUsdPerMillion: number,
): Searching<Contender | null> {
  let best: Contender | null = null;
  const offer = (
    configuration: SearchConfiguration,
    users: number | null,
    rates: { likely: number; hoped: number },
  ) => {
    const usdPerMillion = usdPerMillionAt(device, rates.likely);
    const hopedUsdPerMillion = usdPerMillionAt(device, rates.hoped);
    if (best === null || usdPerMillion < best.usdPerMillion) {
      best = { device, configuration, users, usdPerMillion, hopedUsdPerMillion };
    }
  };
  if (device.configurations.some((c) => c.batching !== null)) {
    const bar = bestUsdPerMillion === Number.POSITIVE_INFINITY ? 0 : rateFor(device, bestUsdPerMillion);
    const may = yield* timeDevice(notebook, device, bar * (1 + notebook.indifference));
    const leader = may ? yield* screenDevice(notebook, device, { bestUsdPerMillion, care: COARSE }) : null;
    if (leader !== null)
      offer(leader.row.configuration, null, { likely: leader.perSecond, hoped: leader.hopedPerSecond });
  }
  for (const configuration of device.configurations.filter((c) => c.batching === null)) {
    const own = best as Contender | null;
    const [step] = yield* climbUsers(
      notebook,
      device,
      configuration,
      Math.min(bestUsdPerMillion, own?.usdPerMillion ?? bestUsdPerMillion),
    );
    if (step !== undefined) offer(configuration, step.users, { likely: step.ratePerSecond, hoped: step.ratePerSecond });
  }
  return best;
}
