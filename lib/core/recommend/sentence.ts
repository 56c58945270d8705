/** The decision in words: one sentence that a reader can act on without the rest. */
import { ms, number, percentileName, usd } from '../report/wording.ts';
import { unclearPoints } from './capacity.ts';
import type { Goal, Slo } from './goal.ts';
import type { OperatingPoint } from './operating-point.ts';
import type { Ranked } from './rank.ts';
import type { Choice, Recommendation } from './recommendation.ts';
import { unclearText } from './unclear.ts';

export interface Decision {
  verdict: Recommendation['verdict'];
  choice: Ranked | null;
  shape: Choice | null;
  /** Next in rank that is not tied with the choice. */
  runnerUp: Ranked | null;
  ties: readonly Ranked[];
  /** Of all rows: the one nearest to the objective, for when none meets it. */
  closest: { name: string; point: OperatingPoint } | null;
  /** What kept every row out when nothing could be chosen. */
  obstacle: string | null;
}

export function sentenceFor(decision: Decision, goal: Goal, slo: Slo): string {
  const { choice, shape, closest, obstacle } = decision;
  const limit = `${percentileName(slo.percentile)} ≤ ${ms(goal.sloMs)}`;
  if (choice === null || shape === null) {
    if (obstacle !== null) return `Nothing can be recommended: ${obstacle}.`;
    if (closest === null) return `No configuration meets ${limit}: none has a latency to judge.`;
    if (unclearPoints([closest.point], goal.sloMs).length > 0)
      return `No configuration is sure to meet ${limit}: of the closest, ${closest.name}, ${unclearText(closest.point, slo)}.`;
    return `No configuration meets ${limit}: the closest, ${closest.name}, needs ${ms(closest.point.keepsMs ?? closest.point.latencyMs)}.`;
  }
  const serves = `${label(choice)} ${service(choice, shape, goal, slo)}`;
  if (decision.ties.length > 0) {
    const others = list(decision.ties.map(label));
    return `${serves}; the measurements cannot tell it from ${others}, and it is preferred for ${preference(choice, decision.ties)}.`;
  }
  const versus = decision.runnerUp === null ? '' : `, ${comparison(choice, decision.runnerUp, goal)}`;
  const doubt = decision.verdict === 'undecided' ? '; undecided, because the figures carry no spread' : '';
  return `${serves}${versus}${doubt}.`;
}

function label({ candidate }: Ranked): string {
  const { name, target, instanceType } = candidate.configuration;
  return target === 'local' ? name : `${name} on ${instanceType}`;
}

function service({ candidate, point }: Ranked, shape: Choice, goal: Goal, slo: Slo): string {
  const statistic =
    candidate.evidence === 'scalar'
      ? (candidate.used[0]?.scalar?.statistic ?? 'latency')
      : percentileName(slo.percentile);
  const latency = `${statistic} ${ms(point.latencyMs)} (limit ${ms(goal.sloMs)})`;
  if (goal.demandPerMinute !== null && shape.instances !== null) {
    const money = shape.usdPerHour === null ? '' : ` for ${usd(shape.usdPerHour)} USD/h`;
    const plural = shape.instances === 1 ? '' : 's';
    return `serves ${number(goal.demandPerMinute)} requests/min with ${shape.instances} instance${plural}${money} at ${latency}`;
  }
  const money = shape.usdPerMillion === null ? '' : `, ${usd(shape.usdPerMillion)} USD per million`;
  // Where a request carries several items, the rate that sources quote is theirs.
  const several = point.itemsPerSecond > point.ratePerSecond * 1.001;
  const items = several ? ` (${number(point.itemsPerSecond)} items/s)` : '';
  return `serves ${number(point.ratePerSecond)} requests/s${items} per instance at ${latency}${money}`;
}

function comparison(choice: Ranked, other: Ranked, goal: Goal): string {
  const name = label(other);
  if (goal.objective === 'maximize-throughput') {
    return `${ratio(choice.point.itemsPerSecond / other.point.itemsPerSecond)} × the runner-up ${name} (${number(other.point.ratePerSecond)}/s)`;
  }
  if (goal.objective === 'minimize-latency') {
    return `against ${ms(other.point.latencyMs)} of the runner-up ${name}`;
  }
  if (goal.objective === 'balanced')
    return `${ratio(other.value / choice.value)} × better balanced than the runner-up ${name}`;
  const saved = 1 - choice.value / other.value;
  return saved <= 0
    ? `at the cost of the runner-up ${name} but quicker`
    : `${number(saved * 100)} % cheaper than the runner-up ${name}`;
}

/** Two decimals: 1.42, not 1.416. */
function ratio(value: number): string {
  return String(Number(value.toFixed(2)));
}

function preference(choice: Ranked, ties: readonly Ranked[]): string {
  return ties.every((t) => choice.value < t.value) ? 'its better point value' : 'its lower latency';
}

function list(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
