import { describe, expect, it } from 'vitest';
import { billedUsd, billedUsdPerHour, holdUsd } from '../../lib/core/plan/hold.ts';
import { taskUsdPerHour } from '../../lib/core/plan/task-cost.ts';

describe('an hour of', () => {
  it('a host is its instance, 100 GiB of gp3 by a month of 30 days, and a public address', () => {
    expect(billedUsdPerHour('ec2', 0.2, 'us-east-1')).toBeCloseTo(0.2 + (100 * 0.08) / 720 + 0.005, 9);
  });

  it('an endpoint is its instance, whose price has all of it', () => {
    expect(billedUsdPerHour('sagemaker', 0.2, 'us-east-1')).toBe(0.2);
    expect(billedUsdPerHour('sagemaker', 0.2, null)).toBe(0.2);
  });

  it('what has no price has none, and a host in a region without prices of the rest cannot be held for', () => {
    expect(billedUsdPerHour('ec2', null, 'us-east-1')).toBeNull();
    expect(() => billedUsdPerHour('ec2', 0.2, 'eu-north-1')).toThrow(/no sourced price of ebs-gp3 in eu-north-1/);
  });

  it('a task has an address where its network has no NAT', () => {
    const size = { vcpu: 2, memoryGib: 4, architecture: 'arm64' } as const;
    const open = taskUsdPerHour({ ...size, assignPublicIp: 'ENABLED' }, 'us-east-1');
    expect(open - taskUsdPerHour({ ...size, assignPublicIp: 'DISABLED' }, 'us-east-1')).toBeCloseTo(0.005, 9);
  });
});

it('what is held for a host covers the reaper’s next pass and the deletion after its time to live', () => {
  const usdPerHour = billedUsdPerHour('ec2', 1, 'us-east-1')!;
  expect(holdUsd('ec2', usdPerHour, 3600)).toBeCloseTo((usdPerHour * (3600 + 900 + 90)) / 3600, 9);
  expect(billedUsd('ec2', usdPerHour, 1)).toBeCloseTo(usdPerHour / 60, 9);
});
