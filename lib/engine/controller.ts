/**
 * The controller of a run where it is something billed itself: held before it starts, known by its name, and left out of
 * what it ends, for it cannot outlive its own end to confirm it. It keeps no journal that outlives it: the next one begins
 * with the end of everything that is left, and with the records of what was measured.
 */
import { CONTROLLER_END_SECONDS, controllerTtlSeconds } from '../core/plan/controller-life.ts';
import type { Plan } from '../core/plan/plan.ts';
import { parseRfc3339, rfc3339 } from '../core/plan/rfc3339.ts';
import { runTags } from '../core/plan/tags.ts';
import { taskUsd, taskUsdAtMost } from '../core/plan/task-cost.ts';
import type { ControllerSeat } from '../core/workflow/controller-seat.ts';
import type { EnginePorts, Holder } from './ports.ts';
import { destroyAll, isEmpty, type Remains } from './run.ts';
import { resourceName } from './workflow/names.ts';

export interface ControllerHost {
  usdPerHour: number;
  /** The one before, once it has stopped, and what it cost; `usd` null: nobody knows. null: there was none. */
  previous(): Promise<{ name: string; usd: number | null } | null>;
  /** Asked twice for one number, it starts once. @returns why nothing was started, and will not be; null: it was */
  start(seat: ControllerSeat): Promise<{ capacity: string } | null>;
}

export interface ControllerStart {
  plan: Plan;
  /** Of the plan's document; null where no seal is known. */
  planSha256: string | null;
  host: ControllerHost;
  /** Of the lease. */
  number: number;
}

/** Nothing was started. */
export class Refused extends Error {}

/**
 * Ends what an earlier controller left, holds what the next one can cost, arms its deadline, and has it started.
 * @param ports of whoever holds the lease
 * @returns what is left of the earlier ones and would not go
 * @throws Refused where the budget or the host has no room
 */
export async function startController(
  ports: EnginePorts,
  { plan, planSha256, host, number }: ControllerStart,
  wait: (seconds: number) => Promise<void>,
): Promise<Remains> {
  const remains = await destroyAll(ports, wait);
  const previous = await host.previous();
  if (previous !== null) await ports.ledger.settle(previous.name, previous.usd);
  if (isEmpty(remains)) await ports.ledger.settleRest();
  const name = resourceName(`${ports.runId}/controller-${number}`);
  const ttlSeconds = controllerTtlSeconds(plan);
  const askedAtMs = ports.clock.nowMs();
  const expiresAt = rfc3339(askedAtMs + ttlSeconds * 1000);
  const { usdPerHour } = host;
  const usd = taskUsdAtMost(usdPerHour, ttlSeconds);
  const held = await ports.ledger.reserve({ name, usd });
  if (!held.granted) throw new Refused(`the budget has no room for the controller of the run: ${held.reason}`);
  const tags = runTags({ runId: ports.runId, expiresAt, experiment: plan.experiment, deployment: name }, plan.tags);
  await ports.deadlines.arm({ name, expiresAt, tags });
  const refused = await host.start({ number, name, askedAtMs, expiresAt, usdPerHour, tags, planSha256 });
  if (refused === null) return remains;
  await ports.ledger.settle(name, 0);
  await ports.deadlines.disarm(name);
  throw new Refused(`Fargate had no capacity for the controller of the run: ${refused.capacity}`);
}

/** From the last thing that a controller says to the end of its bill: its process ends, and Fargate takes its task down. */
const ENDING_SECONDS = 120;

/**
 * The ports as a controller sees them from inside: what it lists and ends leaves itself and its deadline out, it is told to
 * stop in time for an orderly end, and whoever settles what is left settles it for what it has cost.
 */
export function withoutItself(
  ports: EnginePorts,
  seat: ControllerSeat,
): EnginePorts & { settleItself(): Promise<void> } {
  const others = (holder: Holder): Holder => ({
    list: async (runId) => (await holder.list(runId)).filter(({ name }) => name !== seat.name),
    destroy: (name) => holder.destroy(name),
  });
  const stopAtMs = (parseRfc3339(seat.expiresAt) ?? 0) - CONTROLLER_END_SECONDS * 1000;
  const { ledger, stop, clock } = ports;
  const settleItself = () => {
    const seconds = (clock.nowMs() - seat.askedAtMs) / 1000 + ENDING_SECONDS;
    return ledger.settle(seat.name, taskUsd(seat.usdPerHour, seconds));
  };
  return {
    ...ports,
    holders: ports.holders.map(others),
    ledger: {
      reserve: (hold) => ledger.reserve(hold),
      settle: (name, usd) => ledger.settle(name, usd),
      settleRest: async () => {
        await settleItself();
        await ledger.settleRest();
      },
      balance: () => ledger.balance(),
    },
    stop: { read: async () => (await stop.read()) ?? (clock.nowMs() >= stopAtMs ? 'deadline' : null) },
    settleItself,
  };
}
