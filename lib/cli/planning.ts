import { expectedRequests, isVaried, partsOf, type VariedShape } from '../core/load/parts.ts';
import { shapeSeconds } from '../core/load/shape.ts';
import type { Plan } from '../core/plan/plan.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Kit, Planned } from './kit.ts';
import { seconds } from './output.ts';
import { table } from './table.ts';

/** @throws CliError with the located issues, or with the refusal. */
export async function planOrThrow(kit: Kit, experiment: string): Promise<Extract<Planned, { ok: true }>> {
  const planned = await kit.plan(experiment);
  if (planned.ok) return planned;
  if (planned.kind === 'issues') {
    throw new CliError(exitCodes.usage, planned.lines.join('\n'), planned.next ?? `infersweep validate ${experiment}`);
  }
  throw new CliError(exitCodes.preflight, planned.message, planned.fix);
}

/** The plan as a person reads it. */
export function planLines(plan: Plan): string[] {
  const { estimate } = plan;
  const usd = (v: number | null) => (v === null ? 'no price' : `${v.toFixed(2)} USD`);
  return [
    `${plan.experiment}: ${plan.deployments.length} configurations, ${plan.objective}, p${plan.slo.percentile} within ${plan.slo.latencyMs} ms, errors within ${plan.slo.maxErrorRate * 100} %`,
    ...(plan.demand
      ? [
          `demand ${plan.demand.requestsPerMinute}/min (low ${plan.demand.low}, peak ${plan.demand.peak})${plan.demandTrace ? `: mean, quietest and busiest of the ${plan.demandTrace.requests.length} minutes of ${plan.demandTrace.name}` : ''}`,
        ]
      : []),
    loadLine(plan),
    `about ${seconds(estimate.secondsExpected)}, ${usd(estimate.usdExpected)} expected, ${usd(estimate.usdWorstCase)} at worst`,
    '',
    ...table(
      ['configuration', 'target', 'instance', 'USD/h'],
      plan.deployments.map((d) => [
        d.configuration.name,
        d.configuration.target,
        d.configuration.instanceType,
        d.usdPerHour === null ? '-' : d.usdPerHour.toFixed(4),
      ]),
      [3],
    ),
    ...preparationLines(plan),
    ...(plan.skipped.length
      ? [
          '',
          ...table(
            ['skipped', 'instance', 'why', 'fix'],
            plan.skipped.map((s) => [
              s.configuration,
              s.instanceType,
              s.rule ? `${s.code}(${s.rule})` : s.code,
              s.fix ?? '',
            ]),
          ),
        ]
      : []),
    ...plan.warnings.map((w) => `warning: ${w}`),
  ];
}

function loadLine({ load }: Plan): string {
  const { adaptive } = load;
  if (adaptive) {
    return `load: trials of ${adaptive.trialSeconds} s after ${load.dropSeconds} s that are not measured, each chosen after the last; what cannot win is left out; at most ${adaptive.revisits} configurations are deployed again`;
  }
  const repeats = `${load.repeats} repeat${load.repeats > 1 ? 's' : ''}`;
  const [{ shape }] = load.stairs as [Plan['load']['stairs'][number]];
  if (isVaried(shape)) return `load: ${variedText(shape)}, ${repeats}`;
  const users = load.stairs.flatMap(({ shape }) => ('users' in shape ? [shape.users] : []));
  const stairs =
    users.length === load.stairs.length
      ? `${users.join(', ')} user${users.at(-1) === 1 ? '' : 's'}`
      : load.stairs.map((s) => ('ratePerSecond' in s.shape ? `${s.shape.ratePerSecond}/s` : s.id)).join(', ');
  const added = load.refine === undefined ? '' : `, then at most ${load.refine.steps} more near the objective`;
  return `load: ${stairs}${added}; ${load.rounds} × ${load.windowSeconds} s each (first ${load.dropSeconds} s not measured), ${repeats}${load.confirmation ? `; the best ${load.confirmation.finalists} again for ${load.confirmation.rounds} windows` : ''}`;
}

/** One deployment's, whose rates are those of one instance. */
function variedText(shape: VariedShape): string {
  const parts = partsOf(shape);
  const rates = parts.map((p) => p.ratePerSecond);
  const perSecond = (rate: number) => Number(rate.toPrecision(3));
  const length = seconds(shapeSeconds(shape)!);
  const judged = `${parts.length} part${parts.length > 1 ? 's' : ''} of ${perSecond(Math.min(...rates))} to ${perSecond(Math.max(...rates))}/s`;
  return `a ${shape.kind} of ${length} with about ${Math.round(expectedRequests(shape))} requests to each configuration, judged over all of it and in ${judged}`;
}

/** Where each artifact is made, which may be another machine than the one that serves it. */
function preparationLines({ preparations }: Plan): string[] {
  if (preparations.length === 0) return [];
  const rows = preparations.map((p) => [p.kind, p.host, p.needs ?? 'any CPU', `about ${seconds(p.secondsExpected)}`]);
  return ['', ...table(['preparation', 'for', 'made on', 'unless cached'], rows)];
}
