/**
 * Confirm the best so far while it is deployed, or wait? Confirmed now, the trials are wasted if another device wins; later,
 * a deployment more is paid if none does. The best of i devices met in any order is the best of all n with probability i/n
 * (the records of a random sequence: A. Rényi (1962)).
 */
export function confirmNow(o: {
  met: number;
  devices: number;
  confirmSeconds: number;
  deploySeconds: number;
}): boolean {
  const stays = o.met / o.devices;
  return o.confirmSeconds * (1 - stays) <= o.deploySeconds * stays;
}
