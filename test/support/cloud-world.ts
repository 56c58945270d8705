/** The fake world as a cloud: deployments and load generators outlive their controller, each deployment is a group. */
import type { Plan } from '../../lib/core/plan/plan.ts';
import type { EnginePorts } from '../../lib/engine/ports.ts';
import { FakeWorld, type Faults } from './fake-world.ts';
import { emulatedPlan } from './plans.ts';

/** A plan of emulated servers, moved to SageMaker one by one; `count` copies of its configurations. */
export function cloudPlan(count = 4, overrides: Record<string, unknown> = {}): Plan {
  const plan = emulatedPlan(overrides);
  const four = plan.deployments;
  const renamed = (id: string, i: number) => `${id.split('@')[0]}-${i}@sagemaker/ml.g4dn.xlarge`;
  const deployments = Array.from({ length: count }, (_, i): Plan['deployments'][number] => {
    const of = four[i % four.length]!;
    const id = renamed(of.id, i);
    const configuration = { ...of.configuration, id, target: 'sagemaker' as const, instanceType: 'ml.g4dn.xlarge' };
    return { ...of, id, group: id, configuration: { ...configuration, name: id.split('@')[0]! } };
  });
  const trials = deployments.flatMap((d, i) =>
    plan.trials
      .filter((t) => t.deployment === four[i % four.length]!.id)
      .map((t) => ({ ...t, id: `${t.id}-${i}`, deployment: d.id })),
  );
  return { ...plan, deployments, trials };
}

export class CloudWorld extends FakeWorld {
  constructor(plan: Plan = cloudPlan(), faults: Faults = {}) {
    super(plan, faults);
  }

  override ports(): EnginePorts & { cut(): void } {
    const ports = super.ports();
    return { ...ports, targets: { sagemaker: ports.targets.local! } };
  }
}
