/** From a recommendation and its measurements to a fleet that can be simulated, or why there is none. */
import type { Measurement } from '../measure/measurement.ts';
import { median } from '../measure/median.ts';
import type { Choice, Recommendation } from '../recommend/recommendation.ts';
import type { Stand } from './lost-type.ts';
import { measuredCurve } from './measured-curve.ts';
import type { Fleet } from './replays.ts';
import type { ScalingValues } from './scaling-values.ts';
import { type Assumptions, ecsAssumptions, sageMakerAssumptions } from './simulation/assumptions.ts';

export interface SimulationSetup {
  instanceType: string;
  fleet: Fleet;
  values: ScalingValues;
  assumed: Assumptions;
  /** Where the start comes from. */
  startSource: 'measured' | 'assumed';
  /** Other measured types of the same configuration and target that carry what the policy puts on each instance, cheapest first. */
  others: Stand[];
  notes: string[];
}

export type SetupAnswer = { ok: true; setup: SimulationSetup } | { ok: false; why: string; fix: string };

export function simulationSetup(found: Recommendation, measurements: readonly Measurement[]): SetupAnswer {
  const { choice, deploy, scaling, slo } = found;
  if (choice === null || deploy === null || choice.capacityPerMinute === null)
    return { ok: false, why: `it chose nothing (${found.sentence})`, fix: 'infersweep recommend' };
  if (deploy.target === 'local')
    return { ok: false, why: `${deploy.id} is a configuration of this machine, which is no fleet`, fix: ADD_TARGET };
  if (scaling === null)
    return { ok: false, why: 'it was made without a demand, so nothing scales', fix: 'add demand: to the experiment' };
  const own = (type: string) =>
    measurements.filter((m) => m.configuration.name === deploy.name && m.configuration.instanceType === type);
  const kind = ({ instanceType, capacityPerMinute }: Choice) => {
    const used = own(instanceType);
    return {
      usdPerHour: used.find((m) => m.price !== null)?.price?.usdPerHour ?? null,
      available: true,
      curve: measuredCurve(used, slo, capacityPerMinute!),
    };
  };
  const starts = own(choice.instanceType).flatMap((m) => m.startup.readySeconds ?? []);
  const base = deploy.target === 'ec2' ? ecsAssumptions : sageMakerAssumptions;
  const startS = median(starts) ?? base.startS;
  const { cooldownSource: _, ...values } = scaling;
  return {
    ok: true,
    setup: {
      instanceType: choice.instanceType,
      fleet: { kinds: [kind(choice)] },
      values,
      assumed: { ...base, startS },
      startSource: starts.length > 0 ? 'measured' : 'assumed',
      others: standIns(found).map((c) => ({ instanceType: c.instanceType, kind: kind(c) })),
      notes: notesOf(found, starts.length > 0, startS),
    },
  };
}

const ADD_TARGET = 'add a sagemaker or an ec2 target to the experiment and run it there';

/** Scaling counts requests per instance, so a weaker type would be driven over its capacity. */
function standIns({ choice, scaling, ties, frontier, rejected }: Recommendation): Choice[] {
  const slower = rejected.flatMap((r) =>
    r.reason === 'cost' ? [{ ...r, instances: null, usdPerHour: null, usdPerMillion: null }] : [],
  );
  const able = [...ties, ...frontier, ...slower].filter(
    (c) =>
      c.configuration === choice!.configuration &&
      c.target === choice!.target &&
      c.instanceType !== choice!.instanceType &&
      (c.capacityPerMinute ?? 0) >= scaling!.targetValue,
  );
  return able.filter((c, i) => able.findIndex((d) => d.instanceType === c.instanceType) === i);
}

function notesOf({ evidence, deploy }: Recommendation, measured: boolean, startS: number): string[] {
  return [
    ...(evidence === 'scalar'
      ? ['the source tells one figure of each configuration: below its capacity no answer counts as late']
      : []),
    ...(measured
      ? []
      : [`no start of ${deploy!.id} was measured: ${startS} s are assumed from public figures of other models`]),
    'figures lie between two rules of scale-in: AWS publishes none',
  ];
}
