/** From what the load generator and the target told to one line of `measurements.jsonl`. */
import { localCoresOf } from '../catalog/instance.ts';
import type { SegmentResult } from '../load/job.ts';
import { isVaried } from '../load/parts.ts';
import type { Configuration, Plan, PlannedDeployment, PlannedTrial } from '../plan/plan.ts';
import { segmentPlace } from '../plan/segments.ts';
import type { ReadyState } from '../ports/target.ts';
import type { Measurement } from './measurement.ts';
import { mergeStair } from './merge-stair.ts';
import { partStairs } from './part-stairs.ts';
import { rules } from './rules/all-rules.ts';
import type { Evidence } from './rules/evidence.ts';
import { unhealthy } from './rules/unhealthy.ts';
import { type ValidityFinding, validityOf } from './validity.ts';

export interface MeasurementInput {
  plan: Pick<Plan, 'load' | 'slo' | 'itemsPerRequest' | 'region'>;
  deployment: PlannedDeployment;
  trial: PlannedTrial;
  /** Windows of this deployment and this trial, in the order they ran; `once` segments carry golden checks only. */
  segments: readonly SegmentResult[];
  /** Last state that the target reported; null when it was never asked. */
  ready: Pick<ReadyState, 'state' | 'reason' | 'startupSeconds'> | null;
  prepare: { seconds: number; cached: boolean } | null;
  price: Measurement['price'];
  startedAt: string | null;
  versions: Measurement['versions'];
  /** See `Evidence`. @default null */
  repeats?: Evidence['repeats'] | undefined;
  ending?: Evidence['ending'];
  /** What the engine itself saw: a server that died between windows, an interruption. */
  findings: readonly ValidityFinding[];
}

export function buildMeasurement(input: MeasurementInput): Measurement {
  const { plan, deployment, trial } = input;
  const { configuration } = deployment;
  const stairs = stairsOf(input);
  const isVariedStair = stairs.some(({ stair }) => isVaried(stair.shape));
  const parts = stairs.flatMap((s) => (isVaried(s.stair.shape) ? partStairs(s.windows) : [s]));
  const golden = goldenOf(input.segments);
  const evidence: Evidence = {
    configuration,
    slo: plan.slo,
    stairs,
    ...(isVariedStair ? { parts } : {}),
    serverCores: serverCores(configuration),
    golden,
    repeats: input.repeats ?? null,
    ending: input.ending ?? null,
  };
  return {
    schema: 'infersweep.measurement.v1',
    trial: trial.id,
    configuration,
    purpose: trial.purpose,
    repeat: trial.repeat,
    origin: configuration.runtime === 'emulated' ? 'emulated' : 'measured',
    region: plan.region,
    startedAt: input.startedAt,
    itemsPerRequest: plan.itemsPerRequest,
    stairs: parts.map((s) => s.stair),
    ...(isVariedStair ? { whole: stairs.flatMap(({ stair }) => (isVaried(stair.shape) ? [stair] : [])) } : {}),
    scalar: null,
    golden,
    startup: {
      readySeconds: input.ready?.startupSeconds ?? null,
      prepareSeconds: input.prepare?.seconds ?? null,
      prepareCached: input.prepare?.cached ?? null,
    },
    price: input.price,
    priceNote: input.price === null ? (deployment.priceNote ?? 'no price is known') : null,
    validity: validityOf(findingsOf(input, evidence)),
    versions: input.versions,
  };
}

/** In the plan's order, which is ascending by offered load. A segment of an unknown stair is a bug of the caller. */
function stairsOf({ plan, segments }: MeasurementInput): Evidence['stairs'] {
  const { stairs, dropSeconds } = plan.load;
  const loaded = segments.filter((s) => s.shape.kind !== 'once');
  const stranger = loaded.find((s) => !stairs.some((planned) => planned.id === segmentPlace(s.id).stair));
  if (stranger) throw new RangeError(`segment ${stranger.id} belongs to no stair of the plan`);
  return stairs.flatMap(({ id }) => {
    const windows = loaded.filter((s) => segmentPlace(s.id).stair === id);
    return windows.length === 0 ? [] : [{ stair: mergeStair(id, windows, dropSeconds), windows }];
  });
}

function goldenOf(segments: readonly SegmentResult[]): Measurement['golden'] {
  return {
    checked: segments.reduce((sum, s) => sum + s.golden.checked, 0),
    wrong: segments.reduce((sum, s) => sum + s.golden.wrong, 0),
    firstMismatch: segments.find((s) => s.golden.firstMismatch !== null)?.golden.firstMismatch ?? null,
  };
}

/** `local-2c` has two; elsewhere the accelerator, not the CPU, may be what is saturated. */
function serverCores({ target, instanceType }: Configuration): number | null {
  return target === 'local' ? localCoresOf(instanceType) : null;
}

/** What the engine saw comes first and is not said twice. A trial without any load or reason was cut short. */
function findingsOf({ findings, ready }: MeasurementInput, evidence: Evidence): ValidityFinding[] {
  const found = [...findings, unhealthy(ready), ...rules.map((rule) => rule(evidence))].filter((f) => f !== null);
  const unique = found.filter((f, i) => found.findIndex((other) => other.code === f.code) === i);
  if (unique.length === 0 && evidence.stairs.length === 0) {
    return [{ code: 'interrupted', detail: 'the trial ended before its load began' }];
  }
  return unique;
}
