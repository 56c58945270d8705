import { describe, expect, it } from 'vitest';
import { deployable } from '../../lib/stacks/deployable.ts';
import { ec2Recommendation } from '../support/ec2-recommendation.ts';
import { recommendation002 } from '../support/recommendation.ts';

describe('deployable', () => {
  it('takes the winner on SageMaker and the winner on EC2', () => {
    expect(deployable(recommendation002()).configuration.target).toBe('sagemaker');
    expect(deployable(ec2Recommendation('inf1.xlarge'))).toMatchObject({
      configuration: { target: 'ec2', instanceType: 'inf1.xlarge' },
      choice: { capacityPerMinute: 1335 },
      scaling: { minCapacity: 17, maxCapacity: 49 },
    });
  });

  it('holds an EC2 winner to the same rules', () => {
    expect(() => deployable(ec2Recommendation('inf1.xlarge', { scaling: null }))).toThrow(/no scaling values/);
  });
});
