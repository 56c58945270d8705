/** What a managed endpoint costs over a bare instance of the same type, for configurations that were run on both. */
import type { ReportRow } from './row.ts';

export interface ManagedPremium {
  configuration: string;
  /** As EC2 names it; SageMaker's is the same after `ml.`. */
  instanceType: string;
  /** SageMaker over EC2 each; null where either lacks the figure. */
  priceRatio: number | null;
  rateRatio: number | null;
  /** What both come to: price over rate. */
  usdPerMillionRatio: number | null;
}

/** In the order of the rows. */
export function managedPremiums(rows: readonly ReportRow[]): ManagedPremium[] {
  const bare = new Map(rows.filter((r) => r.target === 'ec2').map((r) => [`${r.configuration}/${r.instanceType}`, r]));
  return rows.flatMap((managed) => {
    if (managed.target !== 'sagemaker') return [];
    const instanceType = managed.instanceType.replace(/^ml\./, '');
    const own = bare.get(`${managed.configuration}/${instanceType}`);
    if (own === undefined) return [];
    return [
      {
        configuration: managed.configuration,
        instanceType,
        priceRatio: ratio(managed.usdPerHour, own.usdPerHour),
        rateRatio: ratio(managed.ratePerSecond, own.ratePerSecond),
        usdPerMillionRatio: ratio(managed.usdPerMillion, own.usdPerMillion),
      },
    ];
  });
}

function ratio(managed: number | null, bare: number | null): number | null {
  return managed === null || bare === null || bare <= 0 ? null : managed / bare;
}
