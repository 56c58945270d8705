/**
 * What a group is loaded with, leg by leg: each is a job of its own, and what the next one holds follows from what those
 * before it measured. Read from documents inside a step, so a replay finds the same.
 */
import type { Segment } from '../../core/load/job.ts';
import type { Measurement } from '../../core/measure/measurement.ts';
import { confirmLegs } from '../../core/plan/load-seconds.ts';
import { addedSegments, confirmationSegments, screeningSegments, segmentPlace } from '../../core/plan/segments.ts';
import { usersStair } from '../../core/plan/stairs.ts';
import { nextConfirmation } from '../../core/recommend/next-confirmation.ts';
import { nextUsers } from '../../core/recommend/next-users.ts';
import type { EnginePorts } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { readPlan, readSegments } from './documents.ts';
import type { Group } from './life-cycle.ts';
import { measurementOf } from './measure.ts';
import { scopeKey } from './names.ts';

/** @param done results of the legs so far. @returns nothing where that was all. */
export async function nextLeg(ports: EnginePorts, group: Group, done: readonly string[]): Promise<Segment[]> {
  const plan = await readPlan(ports);
  const { input, reserved, up } = group;
  const confirming = input.purpose === 'confirm';
  if (done.length === 0) {
    if (!confirming)
      return screeningSegments(
        plan.load,
        up.map((l) => scopeKey(l.id)),
      );
    const stairOf = (id: string) => reserved.deployments.find((d) => d.id === id)!.stair!;
    return confirmationSegments(
      plan.load,
      up.map((l) => ({ endpoint: scopeKey(l.id), stair: stairOf(l.id) })),
    );
  }
  const most = confirming ? confirmLegs(plan.load) - 1 : (plan.load.refine?.steps ?? 0);
  if (done.length > most) return [];
  const loaded = await readSegments(ports, done);
  const seenOf = (live: Live): Measurement[] =>
    reserved.deployments
      .find((d) => d.id === live.id)!
      .trials.map((id) => measurementOf(ports, { plan, input, live, trialId: id, segments: loaded, ending: null }));
  if (!confirming) {
    const tried = new Set(loaded.map(({ id }) => placeKey(segmentPlace(id))));
    const added = up.flatMap((l) => {
      const users = nextUsers(seenOf(l), plan.slo);
      const [endpoint, stair] = [scopeKey(l.id), usersStair(users ?? 1)];
      // What was held and then left out as unsound is not held again.
      return users === null || tried.has(placeKey({ endpoint, stair: stair.id })) ? [] : [{ endpoint, stair }];
    });
    return addedSegments(plan.load, added);
  }
  const records = await ports.records.list();
  const again = up.flatMap((l) => {
    const screened = records.filter((r) => r.purpose === 'screen' && r.configuration.id === l.id);
    const stair = nextConfirmation(screened, seenOf(l), plan.slo);
    return stair === null ? [] : [{ endpoint: scopeKey(l.id), stair }];
  });
  return confirmationSegments(plan.load, again);
}

const placeKey = ({ endpoint, stair }: { endpoint: string; stair: string }) => `${stair}/${endpoint}`;
