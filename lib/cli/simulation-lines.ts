/** A simulation as a person reads it: every figure as the range that AWS's unpublished rule leaves. */
import { type Bracket, costOf, type Spread } from '../core/scale/replays.ts';
import type { ScalingValues } from '../core/scale/scaling-values.ts';
import type { Scored } from '../core/scale/study.ts';
import type { Simulated } from './simulate-evidence.ts';
import { table } from './table.ts';

export function simulationLines(s: Simulated): string[] {
  const { planned, picked, static: plain, scheduled } = s.study;
  const rows: [string, Scored | null, boolean][] = [
    ['planned', planned, true],
    ['picked', picked, true],
    ['static', plain, false],
    ['by the hour', scheduled, false],
  ];
  return [
    sentence(s),
    ...s.notes.map((n) => `note: ${n}`),
    '',
    ...table(
      ['policy', 'instances', 'target/min', 'cooldowns s', 'late %', 'late % p95', 'instance h', 'USD', ''],
      rows.flatMap(([name, scored, scales]) => (scored === null ? [] : [row(name, scored, scales)])),
      [1, 2, 3, 4, 5, 6, 7],
    ),
    ...lostLines(s),
  ];
}

function sentence(s: Simulated): string {
  const { planned, picked } = s.study;
  const goal = `at most ${percent(s.goalMissShare)} % late on 95 of 100 days`;
  const day = `${s.trace.name} (${s.trace.minutes} minutes, ${s.trace.requests} requests)`;
  if (picked === null) {
    const most = Math.max(planned.values.maxCapacity, s.study.scheduled.values.maxCapacity);
    return s.study.static === null
      ? `No policy serves ${day} with ${goal}, nor do ${most} instances and more without scaling: the demand is beyond what was measured.`
      : `No policy serves ${day} with ${goal}: scaling takes longer than the load gives it. Keep ${s.study.static.values.minCapacity} instances, or queue or shed what comes suddenly.`;
  }
  const saved = 1 - costOf(picked.bracket) / costOf(planned.bracket);
  const compared = !planned.meets
    ? 'the planned values do not keep it'
    : `${Math.abs(100 * saved).toFixed(0)} % ${saved >= 0 ? 'below' : 'above'} the planned values`;
  return `${valuesText(picked.values)} serves ${day} with ${goal}; ${compared}.`;
}

function valuesText(v: ScalingValues): string {
  return `${v.minCapacity} to ${v.maxCapacity} instances at ${v.targetValue} requests per minute each`;
}

function row(name: string, { values: v, bracket, meets }: Scored, scales: boolean): string[] {
  return [
    name,
    v.minCapacity === v.maxCapacity ? String(v.minCapacity) : `${v.minCapacity}..${v.maxCapacity}`,
    scales ? v.targetValue.toFixed(1) : '-',
    scales ? `${v.scaleOutCooldownS}/${v.scaleInCooldownS}` : '-',
    ...figures(bracket),
    meets ? 'meets the goal' : 'misses too many',
  ];
}

function figures(b: Bracket): string[] {
  const range = (of: (spread: Bracket['proportional']) => string) => {
    const [a, z] = [of(b.proportional), of(b['one-by-one'])];
    return a === z ? a : `${a} to ${z}`;
  };
  return [
    range((o) => percent(o.missShare.p50)),
    range((o) => percent(o.missShare.p95)),
    range((o) => o.instanceHours.p50.toFixed(1)),
    range((o) => (o.usd === null ? '-' : o.usd.p50.toFixed(2))),
  ];
}

function lostLines({ lost, study }: Simulated): string[] {
  if (lost === null) return [];
  const refused = (s: Spread) => s.p50.toFixed(0);
  return [
    '',
    `When no ${lost.instanceType} can be launched, with the ${study.picked === null ? 'planned' : 'picked'} values:`,
    ...table(
      ['launched instead', 'late %', 'late % p95', 'instance h', 'USD', 'refused'],
      lost.outcomes.map((o) => [
        o.instead ?? 'nothing',
        ...figures(o.bracket),
        refused(o.bracket.proportional.refusedScaleOuts),
      ]),
      [1, 2, 3, 4, 5],
    ),
    ...(lost.outcomes.length === 1
      ? ['no other measured type runs this configuration and carries what the policy puts on each instance']
      : []),
  ];
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}
