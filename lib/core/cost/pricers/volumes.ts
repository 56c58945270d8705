/** Disks of instances: the template names them, or the AMI decides. */
import type { Charge, Quantity } from '../charge.ts';
import { numberOf, Unresolved } from '../resolve.ts';
import { isPlain, type Plain } from '../template.ts';
import { listOf, standing, times, unknown, type View } from './pricer.ts';

/** Included in a gp3 volume; only what goes beyond is charged. */
const GP3_IOPS = 3000;
const GP3_MIB_PER_SECOND = 125;

export function volumeCharges(view: View, mappings: unknown, instances: Quantity): Charge[] {
  const disks = listOf(mappings).flatMap((mapping) =>
    isPlain(mapping) && isPlain(mapping['Ebs']) ? [mapping['Ebs']] : [],
  );
  if (disks.length === 0) return [unknown('root volume: the AMI decides its size; name it in BlockDeviceMappings')];
  return disks.flatMap((disk) => diskCharges(view, disk, instances));
}

export function diskCharges(view: View, disk: Plain, instances: Quantity): Charge[] {
  const type = disk['VolumeType'] ?? 'gp2';
  const size = numberOf(disk['VolumeSize'] ?? disk['Size']);
  if (size instanceof Unresolved)
    return [unknown('volume: its size is known only at deployment, or the snapshot decides')];
  if (type !== 'gp2' && type !== 'gp3') return [unknown(`volume of type ${type}: no sourced price is known`)];
  const charges = [standing(view, `ebs-${type}`, `${size} GB ${type}`, times(instances, size))];
  if (type === 'gp2') return charges;
  const beyond = (value: unknown, included: number) => {
    const n = numberOf(value, included);
    return n instanceof Unresolved ? n : Math.max(0, n - included);
  };
  const [iops, throughput] = [beyond(disk['Iops'], GP3_IOPS), beyond(disk['Throughput'], GP3_MIB_PER_SECOND)];
  if (iops !== 0) charges.push(standing(view, 'ebs-gp3-iops', 'IOPS beyond 3,000', times(instances, iops)));
  if (throughput !== 0)
    charges.push(standing(view, 'ebs-gp3-throughput', 'MiB/s beyond 125', times(instances, throughput)));
  return charges;
}
