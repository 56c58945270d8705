/** What of a recommendation can go to production, on SageMaker or on EC2, or why nothing can. */
import type { Configuration } from '../core/plan/plan.ts';
import type { Choice, Recommendation } from '../core/recommend/recommendation.ts';

export interface Deployable {
  configuration: Configuration;
  choice: Choice;
  scaling: NonNullable<Recommendation['scaling']>;
}

/** @throws with the reason and the way out */
export function deployable({ experiment, choice, deploy, scaling, sentence }: Recommendation): Deployable {
  const refuse = (why: string, next: string): never => {
    throw new Error(`the recommendation of "${experiment}" cannot be deployed: ${why}. ${next}`);
  };
  if (deploy === null || choice === null) {
    return refuse(
      `it chose nothing (${sentence})`,
      'Relax slo or demand, or add instance types to the experiment, and run it again.',
    );
  }
  if (deploy.target === 'local') {
    return refuse(
      `${deploy.id} is a configuration of this machine`,
      'Add a sagemaker or an ec2 target to the experiment and measure there: a laptop says nothing about an AWS instance.',
    );
  }
  if (scaling === null) {
    return refuse(
      'it holds no scaling values, for it was made without a demand',
      'Add demand: to the experiment and recommend again.',
    );
  }
  const { minCapacity, initialCapacity, maxCapacity } = scaling;
  if (minCapacity > initialCapacity || initialCapacity > maxCapacity) {
    return refuse(
      `its capacities contradict each other (min ${minCapacity}, initial ${initialCapacity}, max ${maxCapacity})`,
      'Make it again with `infersweep recommend`.',
    );
  }
  return { configuration: deploy, choice, scaling };
}
