import { describe, expect, it } from 'vitest';
import { type Host, hostNamed, hostOf, hostsFor } from '../../../lib/core/catalog/host.ts';
import catalog from '../../../lib/core/catalog/hosts.json' with { type: 'json' };
import { instanceOf, instanceTypesOf } from '../../../lib/core/catalog/instance.ts';

const hosts = catalog.hosts as Host[];
const ids = (predicate: (host: Host) => boolean) => hosts.filter(predicate).map((h) => h.id);

describe('hosts', () => {
  it.each([
    ['ecs-x86', '/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id'],
    ['ecs-gpu', '/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id'],
    ['ecs-arm64', '/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id'],
    ['ecs-neuron', '/aws/service/ecs/optimized-ami/amazon-linux-2023/neuron/recommended/image_id'],
    [
      'dlami-gpu-base',
      '/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id',
    ],
  ])('%s is %s', (id, parameter) => {
    expect(hostNamed(id).amiParameter).toBe(parameter);
  });

  it.each([
    ['sagemaker-gpu', 'al2023-ami-sagemaker-inference-gpu-4-1', 580],
    ['sagemaker-gpu-550', 'al2-ami-sagemaker-inference-gpu-3-1', 550],
    ['sagemaker-gpu-535', 'al2-ami-sagemaker-inference-gpu-2-1', 535],
  ])('%s is SageMaker’s %s with driver %i', (id, version, major) => {
    expect(hostNamed(id)).toMatchObject({ inferenceAmiVersion: version, driverMajor: major });
  });

  it('install a driver by script only to replay a source', () => {
    const scripted = ids((h) => h.driverScript !== null);
    expect(scripted).toEqual(['replay-001-gpu', 'replay-001-neuron']);
    expect(ids((h) => h.driverOrigin === 'script')).toEqual(scripted);
    expect(scripted.every((id) => hostNamed(id).purpose === 'replay')).toBe(true);
    expect(hostNamed('replay-001-gpu').driverScript!.join('\n')).toMatch(/515\.65\.01[\s\S]*gcc10-gcc/);
    expect(hostNamed('replay-001-neuron').driverScript!.join('\n')).toContain('aws-neuron-dkms-2.3.26');
  });

  it('say how a driver gets there, wherever there is an accelerator', () => {
    for (const { id, accelerator, driver, driverOrigin } of hosts) {
      expect([id, driver !== null, driverOrigin !== null]).toEqual([id, accelerator !== null, accelerator !== null]);
    }
    expect(hostNamed('ecs-neuron').driverOrigin).toBe('image-downgrade');
  });

  it('are found for a purpose, and never a replay’s for a deployment', () => {
    const t4 = instanceOf('ec2', 'g4dn.xlarge')!;
    expect(hostsFor('prepare', 'ec2', t4).map((h) => h.id)).toEqual(['dlami-gpu-base']);
    expect(hostsFor('replay', 'ec2', t4).map((h) => h.id)).toEqual(['replay-001-gpu']);
    for (const target of ['ec2', 'sagemaker'] as const) {
      for (const type of instanceTypesOf(target)) {
        const host = hostOf(target, instanceOf(target, type)!);
        if (host !== null) expect(host.purpose).toBe('serve');
      }
    }
  });

  it('run what they can run', () => {
    const canRun = (runtime: string) => ids((h) => h.purpose === 'serve' && h.runs.includes(runtime));
    expect(canRun('neuron')).toEqual(['ecs-neuron', 'sagemaker-neuron']);
    expect(canRun('triton')).toEqual(['ecs-x86', 'ecs-gpu', 'sagemaker-default', 'sagemaker-gpu']);
    expect(canRun('torch')).not.toContain('ecs-neuron');
    expect(ids((h) => h.purpose === 'prepare' && h.runs.length > 0)).toEqual([]);
    expect(ids((h) => h.purpose !== 'prepare' && h.runs.length === 0)).toEqual([]);
  });

  it('list their ids to whoever asks for another', () => {
    expect(() => hostNamed('ecs')).toThrow(/no host "ecs"; known: ecs-x86, /);
  });
});
