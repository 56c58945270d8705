/** What of this machine must be known to tell whether another run on it could come out the same. */
import { arch, cpus, platform, release, totalmem } from 'node:os';

export interface HostFacts {
  cpu: string;
  cores: number;
  memoryMib: number;
  kernel: string;
  node: string;
}

/** @param cores that the scheduler gives this process */
export function hostFacts(cores: number): HostFacts {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores,
    memoryMib: Math.round(totalmem() / 2 ** 20),
    kernel: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
  };
}
