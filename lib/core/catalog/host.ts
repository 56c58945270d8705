/** The machine image under a deployment. Facts from `hosts.json`. */
import type { TargetName } from '../plan/plan.ts';
import catalog from './hosts.json' with { type: 'json' };
import type { Instance } from './instance.ts';

export interface Host {
  id: string;
  target: TargetName;
  /** null where the service chooses. */
  arch: 'amd64' | 'arm64' | null;
  /** First part of the accelerator's name; null for a host without one. */
  accelerator: string | null;
  /** SSM parameter that holds the newest AMI id; resolved once into `lock.json`. */
  amiParameter: string | null;
  /** SageMaker's name for its host image; null for its default. */
  inferenceAmiVersion: string | null;
  driver: string | null;
}

const hosts = catalog.hosts as Host[];

/** The host that a target starts for an instance; null where the kit knows none (`local`, inf2). */
export function hostOf(target: TargetName, instance: Instance): Host | null {
  const accelerator = instance.accelerator?.name ?? null;
  const fits = (host: Host) =>
    host.target === target &&
    (host.arch === null || host.arch === instance.arch) &&
    (host.accelerator === 'nvidia' ? (accelerator?.startsWith('nvidia-') ?? false) : host.accelerator === accelerator);
  return hosts.find(fits) ?? null;
}
