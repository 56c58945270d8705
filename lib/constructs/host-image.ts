import { type Host, hostOf } from '../core/catalog/host.ts';
import { instanceOf, instanceTypesOf } from '../core/catalog/instance.ts';

/** Prefix of the public parameters of ECS's images on Amazon Linux 2023. Those on Amazon Linux 2 ended on 2026-06-30. */
const AL2023 = '/aws/service/ecs/optimized-ami/amazon-linux-2023/';

export interface HostImage {
  /** SSM parameter of the machine image. */
  readonly amiParameter: string;
  /** Id of the host in the catalog. */
  readonly host: string;
  /** The driver and how it gets there; null where there is no device. */
  readonly driver: string | null;
  /** As the start script calls it. */
  readonly accelerator: 'none' | 'nvidia' | 'neuron';
}

/**
 * The machine image for an EC2 instance family, from the catalog.
 *
 * @param family EC2's name: `g4dn`, `inf1`, `c7g`, …
 */
export function hostImageOf(family: string): HostImage {
  const known = instanceTypesOf('ec2');
  const type = known.find((name) => name.startsWith(`${family}.`));
  const host = type === undefined ? null : hostOf('ec2', instanceOf('ec2', type)!);
  if (host === null) {
    const families = [...new Set(known.map((name) => name.split('.')[0]!))].filter(
      (name) => hostOf('ec2', instanceOf('ec2', known.find((t) => t.startsWith(`${name}.`))!)!) !== null,
    );
    throw new Error(`no host image is known for instance family "${family}". Known: ${families.join(', ')}.`);
  }
  return imageOf(host);
}

/** @throws when the image is none that trials may run on */
export function imageOf({ id, amiParameter, driver, accelerator }: Host): HostImage {
  if (amiParameter === null || !amiParameter.startsWith(AL2023)) {
    throw new Error(
      `host "${id}" names ${amiParameter ?? 'no machine image'}. Trials run only on ECS images of Amazon Linux 2023 (${AL2023}…): ` +
        'Amazon Linux 2 gets no updates since 2026-06-30. Correct the entry in the catalog of hosts.',
    );
  }
  return {
    amiParameter,
    host: id,
    driver,
    accelerator: accelerator === null ? 'none' : accelerator === 'nvidia' ? 'nvidia' : 'neuron',
  };
}
