/** What a server used of its host on one stair: the seconds of its windows, and what they come to. */
import * as z from 'zod';
import type { SegmentResult } from '../load/job.ts';
import { hostCapacitySchema, type UtilisationSecond, utilisationSecondSchema } from '../load/utilisation.ts';

export const stairUtilisationSchema = z.strictObject({
  /** As the last window told it. */
  capacity: hostCapacitySchema,
  /** The seconds of each window, in order. */
  seconds: z.array(z.array(utilisationSecondSchema)),
});
export type StairUtilisation = z.infer<typeof stairUtilisationSchema>;

/**
 * Null where no window tells. A second counts when it ends inside the measured part: of a window shorter than two seconds most
 * begin in its dropped head, which loads the server as well.
 */
export function utilisationOf(windows: readonly SegmentResult[], dropSeconds: number): StairUtilisation | null {
  const last = windows.findLast((w) => w.utilisation !== undefined)?.utilisation;
  if (last === undefined) return null;
  const seconds = windows.map(({ utilisation, durationS }) =>
    (utilisation?.seconds ?? []).filter(({ endS }) => endS > dropSeconds && endS <= dropSeconds + durationS),
  );
  return { capacity: last.capacity, seconds };
}

export interface Spread {
  /** Over the time that they last. */
  mean: number;
  /** The largest second. */
  max: number;
}

export interface UtilisationSummary {
  capacity: StairUtilisation['capacity'];
  /** How many seconds tell. */
  count: number;
  cpuCores: Spread | null;
  rssMib: Spread | null;
  majorFaultsPerSecond: Spread | null;
  memoryStallShare: Spread | null;
  hostCpuCores: Spread | null;
  hostMemoryMib: Spread | null;
  /** Over all devices, so that one that works beside one that idles is half of both. */
  acceleratorBusy: Spread | null;
  acceleratorMemoryMib: Spread | null;
}

/** Of several stairs together: repeats of one load. Null where none has a second to tell of. */
export function summariseUtilisation(stairs: readonly (StairUtilisation | null)[]): UtilisationSummary | null {
  const told = stairs.flatMap((stair) => stair ?? []);
  const seconds = told.flatMap((stair) => stair.seconds.flat());
  const last = told.at(-1);
  if (last === undefined || seconds.length === 0) return null;
  const of = (figure: (second: UtilisationSecond) => number | null) => spreadOf(seconds, figure);
  return {
    capacity: last.capacity,
    count: seconds.length,
    cpuCores: of((s) => s.cpuCores),
    rssMib: of((s) => s.rssMib),
    majorFaultsPerSecond: of((s) => (s.majorFaults === null ? null : s.majorFaults / s.periodS)),
    memoryStallShare: of((s) => s.memoryStallShare),
    hostCpuCores: of((s) => s.hostCpuCores),
    hostMemoryMib: of((s) => s.hostMemoryMib),
    acceleratorBusy: of((s) => meanOf(s.acceleratorBusy)),
    acceleratorMemoryMib: of((s) => s.acceleratorMemoryMib),
  };
}

function spreadOf(
  seconds: readonly UtilisationSecond[],
  figure: (second: UtilisationSecond) => number | null,
): Spread | null {
  let [sum, time, max] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const second of seconds) {
    const value = figure(second);
    if (value === null) continue;
    sum += value * second.periodS;
    time += second.periodS;
    max = Math.max(max, value);
  }
  return time > 0 ? { mean: sum / time, max } : null;
}

/** Of the devices that tell. */
function meanOf(devices: readonly (number | null)[] | null): number | null {
  const known = (devices ?? []).flatMap((share) => share ?? []);
  return known.length === 0 ? null : known.reduce((sum, share) => sum + share, 0) / known.length;
}
