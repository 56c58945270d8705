/** The machine image under a deployment. Facts from `hosts.json`. */
import type { Configuration, TargetName } from '../plan/plan.ts';
import catalog from './hosts.json' with { type: 'json' };
import { type Instance, instanceOf } from './instance.ts';

export interface Host {
  id: string;
  target: TargetName;
  /** `prepare` hosts build artifacts and serve nothing; `replay` ones repeat a source as it was and are chosen by id only. */
  purpose: 'serve' | 'prepare' | 'replay';
  /** null where the service chooses. */
  arch: 'amd64' | 'arm64' | null;
  /** First part of the accelerator's name; null for a host without one. */
  accelerator: string | null;
  /** SSM parameter that holds the newest AMI id; resolved once into `lock.json`. */
  amiParameter: string | null;
  /** SageMaker's name for its host image; null for its default. */
  inferenceAmiVersion: string | null;
  driver: string | null;
  /** Of NVIDIA's; null where there is none or the image does not hold to one. */
  driverMajor: number | null;
  /** How the driver gets there; null without one. `image-downgrade`: the image replaces its own before the agent starts. */
  driverOrigin: 'image' | 'image-downgrade' | 'service' | 'script' | null;
  /** Commands that root runs once at the first boot, for replays only. */
  driverScript: string[] | null;
  /** Runtimes that may be started on it. */
  runs: string[];
  note: string | null;
}

const hosts = catalog.hosts as Host[];

/** The host that a target starts for an instance; null where the kit knows none (`local`, inf2). */
export function hostOf(target: TargetName, instance: Instance): Host | null {
  return hostsFor('serve', target, instance)[0] ?? null;
}

/** SageMaker's host image under a configuration, in trials as in production; undefined for SageMaker's own choice. */
export function inferenceAmiOf({
  target,
  instanceType,
}: Pick<Configuration, 'target' | 'instanceType'>): string | undefined {
  const instance = instanceOf(target, instanceType);
  return (instance && hostOf(target, instance)?.inferenceAmiVersion) ?? undefined;
}

/** Every host of a purpose that starts on an instance. */
export function hostsFor(purpose: Host['purpose'], target: TargetName, instance: Instance): Host[] {
  const accelerator = instance.accelerator?.name ?? null;
  const fits = (host: Host) =>
    host.purpose === purpose &&
    host.target === target &&
    (host.arch === null || host.arch === instance.arch) &&
    (host.accelerator === 'nvidia' ? (accelerator?.startsWith('nvidia-') ?? false) : host.accelerator === accelerator);
  return hosts.filter(fits);
}

/** @throws Error that lists the ids. */
export function hostNamed(id: string): Host {
  const found = hosts.find((h) => h.id === id);
  if (found) return found;
  throw new Error(`no host "${id}"; known: ${hosts.map((h) => h.id).join(', ')}`);
}
