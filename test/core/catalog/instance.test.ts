import { describe, expect, it } from 'vitest';
import { hostOf } from '../../../lib/core/catalog/host.ts';
import { instanceOf, instanceTypesOf, localInstanceType } from '../../../lib/core/catalog/instance.ts';
import catalog from '../../../lib/core/catalog/instances.json' with { type: 'json' };

describe('instances', () => {
  it('have facts under each target’s own name', () => {
    expect(instanceOf('sagemaker', 'ml.g4dn.12xlarge')).toEqual({
      type: 'g4dn.12xlarge',
      family: 'g4dn',
      arch: 'amd64',
      vcpu: 48,
      memoryMib: 196_608,
      accelerator: { name: 'nvidia-t4', count: 4, memoryMib: 16_384 },
    });
    expect(instanceOf('ec2', 'inf1.6xlarge')?.accelerator?.neuronCores).toBe(16);
    expect(instanceOf('ec2', 'c7g.4xlarge')).toMatchObject({ arch: 'arm64', accelerator: null });
  });

  it('are not offered under the other target’s name, nor where SageMaker does not host them', () => {
    expect(instanceOf('ec2', 'ml.g4dn.xlarge')).toBeNull();
    expect(instanceOf('sagemaker', 'g4dn.xlarge')).toBeNull();
    expect(instanceOf('sagemaker', 'ml.m7g.large')).toBeNull();
    expect(instanceOf('local', 'local-1c')).toBeNull();
    expect(instanceTypesOf('local')).toEqual([]);
    expect(instanceTypesOf('sagemaker').every((name) => name.startsWith('ml.'))).toBe(true);
  });

  it('are whole: unique, positive, with a known architecture', () => {
    const types = catalog.instances.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    for (const row of catalog.instances) {
      expect(row.vcpu).toBeGreaterThan(0);
      expect(row.memoryMib).toBeGreaterThanOrEqual(1024);
      expect(['amd64', 'arm64']).toContain(row.arch);
    }
  });

  it('on this machine are named by their cores', () => expect(localInstanceType(3)).toBe('local-3c'));
});

describe('hosts', () => {
  it.each([
    ['ec2', 'g4dn.xlarge', 'ecs-gpu'],
    ['ec2', 'g5.xlarge', 'ecs-gpu'],
    ['ec2', 'inf1.xlarge', 'ecs-neuron'],
    ['ec2', 'c7g.large', 'ecs-arm64'],
    ['ec2', 'c7i.large', 'ecs-x86'],
    ['sagemaker', 'ml.g4dn.xlarge', 'sagemaker-gpu'],
    ['sagemaker', 'ml.inf1.xlarge', 'sagemaker-neuron'],
    ['sagemaker', 'ml.c7g.large', 'sagemaker-default'],
    ['ec2', 'inf2.xlarge', undefined],
  ] as const)('%s %s stands on %s', (target, instanceType, host) => {
    expect(hostOf(target, instanceOf(target, instanceType)!)?.id).toBe(host);
  });
});
