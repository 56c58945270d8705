import { availableParallelism, loadavg } from 'node:os';

/** Where and when something is recorded, and how much else the host had to do. */
export function recordedHost() {
  return {
    cores: availableParallelism(),
    node: process.version,
    loadAverageAtTheEnd: loadavg().map((v) => Number(v.toFixed(1))),
    recordedAt: new Date().toISOString().slice(0, 10),
  };
}
