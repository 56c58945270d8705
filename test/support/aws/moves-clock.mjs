// A wait that moves the clock of the loopback AWS instead of taking time, in the process of a controller.
import { DynamoLease } from '../../../dist/lib/aws/lease.js';

// Hours pass in one call, so the heartbeats of those hours do, too.
const leases = new Set();
const acquire = DynamoLease.prototype.acquire;
DynamoLease.prototype.acquire = async function () {
  const taken = await acquire.call(this);
  if (taken !== null) leases.add(this);
  return taken;
};

export const wait = async (seconds) => {
  const passed = await fetch(process.env.LOOPBACK_CLOCK, { method: 'POST', body: String(seconds) });
  if (!passed.ok) throw new Error(`the clock of the loopback answered ${passed.status}: ${await passed.text()}`);
  for (const lease of leases) await lease.renew();
};
