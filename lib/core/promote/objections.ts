/** Why a recommendation should not go to production: each reason with its way out. */
import type { Measurement } from '../measure/measurement.ts';
import { parseRfc3339 } from '../plan/rfc3339.ts';
import type { Recommendation } from '../recommend/recommendation.ts';

/** What whoever promotes may take upon themselves. */
export const acceptable = ['undecided', 'stale', 'prices', 'version', 'scaling'] as const;
export type Acceptable = (typeof acceptable)[number];

export interface Objection {
  /** The others hold whatever anyone accepts: there is nothing to deploy, or nothing that was measured. */
  code: Acceptable | 'infeasible' | 'local' | 'no-demand' | 'emulated' | 'unpriced';
  why: string;
  fix: string;
}

export interface Standing {
  recommendation: Recommendation;
  measurements: readonly Measurement[];
  /** Kit that measured; null when nobody wrote it down. */
  measuredWith: string | null;
  kitVersion: string;
  nowMs: number;
  /** Days after which a measurement no longer speaks for what would be deployed. */
  maxAgeDays: number;
  /** Days after which a price may have changed. */
  maxPriceAgeDays: number;
}

const DAY_MS = 86_400_000;

export function objectionsTo(standing: Standing): Objection[] {
  const { recommendation: r, measurements } = standing;
  const { deploy } = r;
  if (r.choice === null || deploy === null)
    return [
      {
        code: 'infeasible',
        why: `nothing was chosen: ${r.sentence}`,
        fix: 'relax slo or demand, or add instance types, and run the experiment again',
      },
    ];
  const used = measurements.filter((m) => m.configuration.id === deploy.id);
  return [
    ...(deploy.target === 'local'
      ? [
          {
            code: 'local' as const,
            why: `${deploy.id} is a configuration of this machine: its figures say nothing of an instance`,
            fix: 'name instance types under targets: (- ec2: { instanceTypes: [c7i.xlarge] }) and a demand:, and measure there',
          },
        ]
      : []),
    ...(r.scaling === null && deploy.target !== 'local'
      ? [
          {
            code: 'no-demand' as const,
            why: 'it holds no scaling values, for it was made without a demand',
            fix: 'add demand: to the experiment and run it again',
          },
        ]
      : []),
    ...(used.some((m) => m.origin === 'emulated')
      ? [
          {
            code: 'emulated' as const,
            why: `${deploy.id} was emulated: no device has served it`,
            fix: 'measure it on the target itself',
          },
        ]
      : []),
    ...(r.verdict === 'undecided'
      ? [
          {
            code: 'undecided' as const,
            why: `the decision is open: ${r.sentence}`,
            fix:
              r.evidence === 'scalar'
                ? 'measure the best of them with the kit, for single figures carry no spread'
                : 'run the experiment again with more repeats',
          },
        ]
      : []),
    ...staleness(standing, used),
    ...priceAge(standing, used),
    ...(standing.measuredWith !== null && standing.measuredWith !== standing.kitVersion
      ? [
          {
            code: 'version' as const,
            why: `it was measured with infersweep ${standing.measuredWith}, this is ${standing.kitVersion}`,
            fix: `run the experiment again, or promote with infersweep ${standing.measuredWith}`,
          },
        ]
      : []),
  ];
}

function staleness({ nowMs, maxAgeDays }: Standing, used: readonly Measurement[]): Objection[] {
  const moments = used.map((m) => (m.startedAt === null ? null : parseRfc3339(m.startedAt)));
  if (moments.length === 0 || moments.some((ms) => ms === null))
    return [
      {
        code: 'stale',
        why: 'nobody wrote down when it was measured',
        fix: 'measure it with the kit: infersweep run EXPERIMENT',
      },
    ];
  const days = (nowMs - Math.min(...(moments as number[]))) / DAY_MS;
  if (days <= maxAgeDays) return [];
  const fix = 'run the experiment again: infersweep replay RUN';
  return [{ code: 'stale', why: `it was measured ${days.toFixed(0)} days ago, the limit is ${maxAgeDays}`, fix }];
}

function priceAge({ recommendation, nowMs, maxPriceAgeDays }: Standing, used: readonly Measurement[]): Objection[] {
  if (recommendation.deploy!.target === 'local') return [];
  const dates = used.flatMap((m) => (m.price === null ? [] : [m.price.date]));
  if (dates.length === 0)
    return [
      {
        code: 'unpriced',
        why: `there is no price of ${recommendation.deploy!.id}`,
        fix: 'state it under prices: in the experiment, with its source and date',
      },
    ];
  const fix =
    'read them again: infersweep prices refresh --region REGION, name the file under aws.prices, and run again';
  const oldest = dates.toSorted()[0]!;
  const ms = parseRfc3339(`${oldest}T00:00:00Z`);
  if (ms === null) return [{ code: 'prices', why: `the price is of an unknown day ("${oldest}")`, fix }];
  const days = (nowMs - ms) / DAY_MS;
  if (days <= maxPriceAgeDays) return [];
  return [
    {
      code: 'prices',
      why: `prices are of ${oldest}, ${days.toFixed(0)} days ago; the limit is ${maxPriceAgeDays}`,
      fix,
    },
  ];
}

/** What was accepted no longer objects. */
export function standingObjections(all: readonly Objection[], accepted: readonly Acceptable[]): Objection[] {
  return all.filter(({ code }) => !accepted.some((a) => a === code));
}
