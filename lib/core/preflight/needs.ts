/** How much of which quota a plan takes: what one deployment needs, and what its finalists need together. */
import { type QuotaKey, quotaOf, quotaUnits } from '../catalog/quota.ts';
import { finalistCount } from '../plan/life-seconds.ts';
import type { Plan, PlannedDeployment } from '../plan/plan.ts';

/** One deployment, or the machine that makes its artifact. */
export interface Take {
  deployment: PlannedDeployment;
  /** As EC2 or SageMaker spells it. */
  instanceType: string;
  /** Of the quota; null where the size is not known. */
  units: number | null;
  /** `preparation`: an EC2 machine of the device that makes the artifact. */
  purpose: 'serve' | 'preparation';
}

export interface QuotaNeed {
  key: QuotaKey;
  takes: Take[];
  /** The largest take: below it something cannot run at all. */
  most: number;
  /** All finalists alive together; equal to `most` where they are at most one. */
  together: number;
}

/** Quotas by name, in the plan's order. Screening deploys one after the other; only the confirmation has several alive. */
export function quotaNeeds(plan: Plan): QuotaNeed[] {
  const needs = new Map<string, { key: QuotaKey; takes: Take[] }>();
  const add = (key: QuotaKey | null, take: Take) => {
    if (key === null) return;
    const need = needs.get(key.name) ?? { key, takes: [] };
    need.takes.push(take);
    needs.set(key.name, need);
  };
  for (const deployment of plan.deployments) {
    const { target, instanceType } = deployment.configuration;
    const purchase = deployment.purchase ?? 'on-demand';
    add(quotaOf(target, instanceType, purchase), {
      deployment,
      instanceType,
      units: quotaUnits(target, instanceType),
      purpose: 'serve',
    });
    const preparation = plan.preparations.find(({ id }) => id === deployment.preparation);
    const machine = preparation?.cached === true ? null : (preparation?.needs ?? null);
    if (target === 'local' || machine === null) continue;
    add(quotaOf('ec2', machine), {
      deployment,
      instanceType: machine,
      units: quotaUnits('ec2', machine),
      purpose: 'preparation',
    });
  }
  const finalists = finalistCount(plan.load, plan.deployments.length);
  return [...needs.values()].map(({ key, takes }) => {
    const serving = sizes(takes.filter(({ purpose }) => purpose === 'serve'));
    const together = serving.slice(0, Math.max(1, finalists)).reduce((sum, n) => sum + n, 0);
    const most = sizes(takes)[0] ?? 0;
    return { key, takes, most, together: Math.max(most, together) };
  });
}

/** Largest first. */
function sizes(takes: readonly Take[]): number[] {
  return takes.flatMap(({ units }) => units ?? []).sort((a, b) => b - a);
}
