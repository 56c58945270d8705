/** What a deployment would change: one recommendation against the one that is there. */
import type { Recommendation } from '../recommend/recommendation.ts';

export interface Change {
  field: string;
  /** null where there is none. */
  before: string | null;
  after: string | null;
}

/** Rows that differ, in the order of their weight; what is deployed first, what it promises after it. */
export function changesBetween(before: Recommendation | null, after: Recommendation): Change[] {
  const [was, is] = [before === null ? new Map<string, string>() : fieldsOf(before), fieldsOf(after)];
  return [...new Set([...is.keys(), ...was.keys()])]
    .map((field) => ({ field, before: was.get(field) ?? null, after: is.get(field) ?? null }))
    .filter((row) => row.before !== row.after);
}

function fieldsOf({ deploy, choice, scaling, slo, demand, fleet, verdict }: Recommendation): Map<string, string> {
  const usd = (v: number | null | undefined) => (v == null ? null : `${v.toFixed(2)} USD/h`);
  const rows: [string, string | number | null | undefined][] = [
    ['target', deploy?.target],
    ['instance type', deploy?.instanceType],
    ['configuration', deploy?.name],
    ['runtime', deploy?.runtime],
    ...Object.entries(deploy?.parameters ?? {}).map(([key, value]): [string, string] => [
      `parameter ${key}`,
      JSON.stringify(value),
    ]),
    ['instances at first', scaling?.initialCapacity],
    ['instances at least', scaling?.minCapacity],
    ['instances at most', scaling?.maxCapacity],
    ['requests/min per instance', scaling?.targetValue],
    ['scale-out cooldown s', scaling?.scaleOutCooldownS],
    ['scale-in cooldown s', scaling?.scaleInCooldownS],
    ['scaling values from', scaling?.cooldownSource],
    ['objective', `p${slo.percentile} within ${slo.latencyMs} ms, errors within ${slo.maxErrorRate * 100} %`],
    ['demand', demand && `${demand.low} to ${demand.peak}/min, typical ${demand.requestsPerMinute}`],
    ['fleet at the demand', usd(fleet.atTarget.usdPerHour)],
    ['capacity of an instance', choice && `${choice.capacityPerMinute?.toFixed(0) ?? 'unknown'}/min`],
    ['verdict', verdict],
  ];
  return new Map(rows.flatMap(([field, value]) => (value == null ? [] : [[field, String(value)]])));
}
