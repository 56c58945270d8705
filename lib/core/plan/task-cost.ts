/** What a Fargate task costs: vCPU, memory and a public address by the second, one minute at least (aws.amazon.com/fargate/pricing). */
import { servicePrice } from '../catalog/service-price.ts';
import { addressUsdPerHour, REAPER_PERIOD_SECONDS } from './hold.ts';

export interface TaskSize {
  vcpu: number;
  memoryGib: number;
  architecture: 'x86_64' | 'arm64';
  /** Of the Lab's network. */
  assignPublicIp: 'ENABLED' | 'DISABLED';
}

/** Shortest time that a task is billed for. */
export const MINIMUM_SECONDS = 60;
/** Between being told to stop and being gone: `stopTimeout` of its container, and what Fargate itself takes. */
const STOP_SECONDS = 180;

/** As Lab makes its tasks unless it is told otherwise: what is not known when a plan is made. */
export const LAB_TASK = { architecture: 'arm64', assignPublicIp: 'ENABLED' } as const;

/** @throws Error where the region's price is not known: nothing could be held for it. */
export function taskUsdPerHour({ vcpu, memoryGib, architecture, assignPublicIp }: TaskSize, region: string): number {
  const [perVcpu, perGb] = ['vcpu', 'gb'].map((part) => {
    const price = servicePrice(`fargate-${part}-${architecture}`, region);
    if ('missing' in price) throw new Error(`a task on Fargate has no price: ${price.missing}`);
    return price.usd;
  }) as [number, number];
  const address = assignPublicIp === 'ENABLED' ? addressUsdPerHour(region) : 0;
  return vcpu * perVcpu + memoryGib * perGb + address;
}

export function taskUsd(usdPerHour: number, seconds: number): number {
  return (usdPerHour * Math.max(seconds, MINIMUM_SECONDS)) / 3600;
}

/** Should nobody stop it but the reaper, after so many seconds. */
export function taskUsdAtMost(usdPerHour: number, seconds: number): number {
  return taskUsd(usdPerHour, seconds + REAPER_PERIOD_SECONDS + STOP_SECONDS);
}
