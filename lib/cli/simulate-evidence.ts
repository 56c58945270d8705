/** Evidence replayed under a trace: what `simulate` prints and `promote` deploys. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Loss, withoutType } from '../core/scale/lost-type.ts';
import { allowedShare } from '../core/scale/measured-curve.ts';
import { Replays } from '../core/scale/replays.ts';
import { type SimulationSetup, simulationSetup } from '../core/scale/simulation-setup.ts';
import { deployableScaling, type Study, study } from '../core/scale/study.ts';
import { isTraceName, namedTrace, type TraceDemand, traceNames } from '../core/scale/trace/named-traces.ts';
import { parseTrace } from '../core/scale/trace/parse-trace.ts';
import { perMinute, type Trace } from '../core/scale/trace/trace.ts';
import { traceDemand } from '../core/scale/trace/trace-demand.ts';
import { nearest } from '../core/spec/nearest.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Evidence } from './open-evidence.ts';

export interface SimulationOptions {
  /** A CSV file, or the name of a shape; the experiment's own trace unless given, else a day like a sine. */
  trace?: string;
  seeds: number;
  lose?: string;
}

/** What is printed, as text or as JSON. */
export interface Simulated {
  schema: 'infersweep.simulation.v1';
  run: string;
  configuration: string;
  trace: { name: string; minutes: number; requests: number; peakPerMinute: number };
  /** Largest share of requests that may be late. */
  goalMissShare: number;
  seeds: number;
  startS: number;
  startSource: SimulationSetup['startSource'];
  study: Study;
  /** As `recommendation.scaling`; null when no policy meets the goal. */
  scaling: ReturnType<typeof deployableScaling> | null;
  lost: { instanceType: string; outcomes: Loss[] } | null;
  notes: string[];
}

/** What scaling is judged by: the trace that is named, else the experiment's own, else a smooth day. */
export function traceFor({ plan, recommendation }: Evidence, name: string | undefined): Trace {
  const demand = recommendation.demand!;
  return name === undefined ? (plan?.demandTrace ?? namedTrace(ANY_DAY, demand, 1)) : traceOf(name, demand);
}

/** @throws CliError when there is nothing to simulate, or the trace is none. */
export function simulateEvidence(evidence: Evidence, o: SimulationOptions): Simulated {
  const { id, recommendation, measurements, plan } = evidence;
  const answer = simulationSetup(recommendation, measurements);
  if (!answer.ok) throw new CliError(exitCodes.usage, `${id} cannot be simulated: ${answer.why}`, answer.fix);
  const { setup } = answer;
  if (o.lose !== undefined) assertRuns(o.lose, setup);
  const trace = traceFor(evidence, o.trace);
  const replays = new Replays(trace, setup.assumed);
  const { fleet, values: planned, startSource } = setup;
  const goal = allowedShare(recommendation.slo);
  const safety = plan?.safety ?? 0.7;
  const studied = study({
    replays,
    fleet,
    planned,
    goal,
    seeds: o.seeds,
    capacityLowerPerMinute: planned.targetValue / safety,
    floor: plan?.availability === 'single' ? 1 : 2,
  });
  const minutes = perMinute(trace);
  const best = studied.picked?.values ?? planned;
  return {
    schema: 'infersweep.simulation.v1',
    run: id,
    configuration: recommendation.deploy!.id,
    trace: {
      name: trace.name,
      minutes: minutes.length,
      requests: Math.round(minutes.reduce((a, b) => a + b, 0)),
      peakPerMinute: traceDemand(trace).peak,
    },
    goalMissShare: goal,
    seeds: o.seeds,
    startS: setup.assumed.startS,
    startSource,
    study: studied,
    scaling: studied.picked && deployableScaling(best, trace.name, o.seeds),
    lost:
      o.lose === undefined
        ? null
        : { instanceType: o.lose, outcomes: withoutType(replays, { values: best }, fleet, setup.others, o.seeds) },
    notes: setup.notes,
  };
}

const ANY_DAY = 'diurnal';

function assertRuns(type: string, { instanceType }: SimulationSetup): void {
  if (type === instanceType) return;
  throw new CliError(
    exitCodes.usage,
    `--lose ${type}: the fleet has no such instance, it is made of ${instanceType}`,
    `infersweep simulate --lose ${instanceType}`,
  );
}

/** A file if there is one of that name, else a named shape. */
function traceOf(name: string, demand: TraceDemand): Trace {
  if (!existsSync(name)) {
    if (isTraceName(name)) return namedTrace(name, demand, 1);
    const near = nearest(name, traceNames);
    throw new CliError(
      exitCodes.usage,
      `--trace ${name}: there is no such file, and no such shape${near ? `; did you mean ${near}?` : ''} (${traceNames.join(', ')})`,
      'infersweep simulate --help',
    );
  }
  const parsed = parseTrace(readFileSync(name, 'utf8'), basename(name));
  if (parsed.ok) return parsed.trace;
  const lines = parsed.problems.map((p) => `${name}:${p.line}:${p.column}: ${p.message}`);
  throw new CliError(exitCodes.usage, lines.join('\n'), 'write one line a minute below minute,requests: 0,1200');
}
