import type { SegmentResult } from '../../core/load/job.ts';
import { buildMeasurement } from '../../core/measure/measure.ts';
import type { Measurement } from '../../core/measure/measurement.ts';
import { type Ending, inTrouble } from '../../core/measure/rules/oom.ts';
import type { LoadPlan } from '../../core/plan/load-plan.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { segmentPlace } from '../../core/plan/segments.ts';
import { withAdded } from '../../core/plan/stairs.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { EnginePorts } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { plannedFor, priceOf, readPlan, readSegments, writePending } from './documents.ts';
import { endingOf } from './ending.ts';
import type { Group, GroupInput } from './life-cycle.ts';
import { scopeKey } from './names.ts';
import { DOCUMENT_RETRY } from './patient.ts';

/** Turns the generator's windows into one pending measurement for each trial: one deployment and repeat. */
export async function measure(
  w: Workflow,
  ports: EnginePorts,
  { input, reserved, up }: Group,
  results: readonly string[],
): Promise<{ trial: string; key: string }[]> {
  return w.step(
    'measure',
    async ({ path }) => {
      const plan = await readPlan(ports);
      const segments = await readSegments(ports, results);
      const written: { trial: string; key: string }[] = [];
      for (const live of up) {
        const own = segments.filter((s) => segmentPlace(s.id).endpoint === scopeKey(live.id));
        const ending = inTrouble(own) ? await endingOf(ports, live) : null;
        for (const id of reserved.deployments.find((d) => d.id === live.id)!.trials) {
          const key = `pending/${scopeKey(path)}/${scopeKey(id)}.json`;
          await writePending(
            ports,
            key,
            measurementOf(ports, { plan, input, live, trialId: id, segments: own, ending }),
          );
          written.push({ trial: id, key });
        }
      }
      return written;
    },
    { retry: DOCUMENT_RETRY },
  );
}

export interface LoadedTrial {
  plan: Plan;
  input: GroupInput;
  live: Live;
  trialId: string;
  /** Of the whole group. */
  segments: readonly SegmentResult[];
  /** Null while it fares well. */
  ending: Ending | null;
}

export function measurementOf(
  ports: EnginePorts,
  { plan, input, live, trialId, segments, ending }: LoadedTrial,
): Measurement {
  const deployment = plannedFor(plan, live);
  const trial = plan.trials.find((t) => t.id === trialId)!;
  const made = deployment.preparation === null ? null : (input.prepared[deployment.preparation] ?? null);
  const own = segments.filter(({ id }) => {
    const { endpoint, repeat } = segmentPlace(id);
    return endpoint === scopeKey(live.id) && repeat === trial.repeat;
  });
  const { load } = plan;
  const startedAt = ports.clock.nowIso();
  const build = (kept: readonly SegmentResult[]) =>
    buildMeasurement({
      plan: { ...plan, load: withAdded(load, kept.map(stairOf)) },
      deployment,
      trial,
      segments: kept,
      ready: { state: 'ready', reason: null, startupSeconds: live.readySeconds },
      prepare: made === null ? null : { seconds: made.seconds, cached: made.cached },
      price: priceOf(deployment),
      startedAt,
      versions: { ...ports.versions, ...textFacts(live.facts), ...(made?.sha256 ? { model: made.sha256 } : {}) },
      findings: [],
      repeats: live.repeats,
      ending,
    });
  return trial.purpose === 'screen' ? soundest(load, own, build) : build(own);
}

/** Added users may be more than server or generator can bear, which says nothing against what was measured with fewer. */
function soundest(
  load: LoadPlan,
  own: readonly SegmentResult[],
  build: (kept: readonly SegmentResult[]) => Measurement,
): Measurement {
  const planned = new Set(load.stairs.map((s) => s.id));
  const added = withAdded(load, own.map(stairOf)).stairs.filter((s) => !planned.has(s.id));
  let kept = own;
  let measurement = build(kept);
  for (const { id } of added.toReversed()) {
    if (measurement.validity.status !== 'invalid') break;
    kept = kept.filter((s) => stairOf(s) !== id);
    measurement = build(kept);
  }
  return measurement;
}

const stairOf = ({ id }: SegmentResult) => segmentPlace(id).stair;

export function textFacts(facts: Live['facts']): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).flatMap(([k, v]) => (v === null ? [] : [[k, String(v)]])));
}
