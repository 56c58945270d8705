/** Before a deployment exists: its worst case is held in the ledger, and the moment of its end is decided. */
import { billedUsdPerHour, holdUsd } from '../../core/plan/hold.ts';
import { timesToLive } from '../../core/plan/life-seconds.ts';
import { rfc3339 } from '../../core/plan/rfc3339.ts';
import { runTags } from '../../core/plan/tags.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import { plannedFor, readPlan } from './documents.ts';
import type { ReservedDeployment } from './reserve.ts';

export type Held = {
  stopped: string | null;
  /** Another deployment's hold may still be settled for less. */
  waiting: boolean;
  reason: string;
  heldAtMs: number;
  expiresAtMs: number;
  ttlSeconds: number;
  tags: { [key: string]: string };
};

/** Looks at a budget that others have in hand: as long as the longest of them may live. */
const HOLD_LOOKS = 240;
const HOLD_LOOK_SECONDS = 60;

export async function hold(
  w: Workflow,
  ports: EnginePorts,
  deployment: Pick<ReservedDeployment, 'id' | 'onDemand' | 'stair'>,
  name: string,
): Promise<Held> {
  return w
    .poll<Held>(
      'reserve',
      async () => {
        const nothing = { waiting: false, reason: '', heldAtMs: 0, expiresAtMs: 0, ttlSeconds: 0, tags: {} };
        const stopped = await ports.stop.read();
        if (stopped !== null) return { ...nothing, stopped };
        const plan = await readPlan(ports);
        const planned = plannedFor(plan, deployment);
        // What the plan priced as this round's worst case.
        const limit = timesToLive(plan)(planned, deployment.stair === null ? 'screen' : 'confirm');
        const { target } = planned.configuration;
        const usdPerHour = billedUsdPerHour(target, planned.usdPerHour, plan.region);
        const answer = await ports.ledger.reserve({ name, usd: holdUsd(target, usdPerHour, limit) });
        if (!answer.granted) {
          const { reservedUsd } = await ports.ledger.balance();
          return {
            ...nothing,
            stopped: reservedUsd > 0 ? null : 'budget',
            waiting: reservedUsd > 0,
            reason: answer.reason,
          };
        }
        const heldAtMs = ports.clock.nowMs();
        const expiresAtMs = heldAtMs + limit * 1000;
        const tags = runTags(
          { runId: ports.runId, expiresAt: rfc3339(expiresAtMs), experiment: plan.experiment, deployment: name },
          plan.tags,
        );
        return { stopped: null, waiting: false, reason: '', heldAtMs, expiresAtMs, ttlSeconds: limit, tags };
      },
      (s, attempt) => (s.waiting && attempt < HOLD_LOOKS ? { waitSeconds: HOLD_LOOK_SECONDS } : { done: true }),
    )
    .then((s) => (s.waiting ? { ...s, stopped: 'budget' } : s));
}
