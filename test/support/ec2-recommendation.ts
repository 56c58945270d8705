/** A recommendation whose winner runs on EC2, derived from the golden one. */
import type { Configuration } from '../../lib/core/plan/plan.ts';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { recommendation002 } from './recommendation.ts';

export function ec2Recommendation(
  instanceType: string,
  change: Partial<Recommendation> = {},
  configuration: Partial<Configuration> = {},
): Recommendation {
  const golden = recommendation002();
  return {
    ...golden,
    choice: { ...golden.choice!, target: 'ec2', instanceType },
    deploy: {
      ...golden.deploy!,
      id: `trt-db@ec2/${instanceType}`,
      target: 'ec2',
      instanceType,
      ...configuration,
    },
    ...change,
  };
}
