/** The answer of `/v2/utilisation/SECONDS` of the kit's own server, on the clock of the segment that it was asked about. */
import * as z from 'zod';
import type { SegmentUtilisation } from './utilisation.ts';

const figure = z.number().nullable();
const answerSchema = z.object({
  capacity: z.object({
    server_cpu_cores: figure,
    host_cpu_cores: figure,
    host_memory_mib: figure,
    memory_limit_mib: figure,
    accelerators: z.object({ source: z.string(), count: z.int().positive(), memory_mib: figure }).nullable(),
  }),
  rows: z.array(
    z.object({
      /** Before the answer was written: the two hosts have no clock in common. */
      ago_s: z.number(),
      period_s: z.number().positive(),
      cpu_cores: figure,
      rss_mib: figure,
      major_faults: figure,
      memory_stall: figure,
      host_cpu_cores: figure,
      host_memory_mib: figure,
      accelerator_busy: z.array(figure).nullable(),
      accelerator_memory_mib: figure,
    }),
  ),
});

/**
 * @param nowS seconds since the segment's start at which the answer came.
 * @returns null for an answer of another form; seconds that began before the segment are left out.
 */
export function parseServerUtilisation(answer: unknown, nowS: number): SegmentUtilisation | null {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) return null;
  const { capacity, rows } = parsed.data;
  const { accelerators } = capacity;
  const seconds = rows.map((row) => ({
    endS: nowS - row.ago_s,
    periodS: row.period_s,
    cpuCores: row.cpu_cores,
    rssMib: row.rss_mib,
    majorFaults: row.major_faults,
    memoryStallShare: row.memory_stall,
    hostCpuCores: row.host_cpu_cores,
    hostMemoryMib: row.host_memory_mib,
    acceleratorBusy: row.accelerator_busy,
    acceleratorMemoryMib: row.accelerator_memory_mib,
  }));
  return {
    capacity: {
      serverCores: capacity.server_cpu_cores,
      hostCores: capacity.host_cpu_cores,
      hostMemoryMib: capacity.host_memory_mib,
      memoryLimitMib: capacity.memory_limit_mib,
      accelerators:
        accelerators === null
          ? null
          : { source: accelerators.source, count: accelerators.count, memoryMib: accelerators.memory_mib },
    },
    seconds: seconds
      .filter(({ endS, periodS }) => endS - periodS >= 0)
      .map((second) => ({ ...second, endS: Number(second.endS.toFixed(3)) })),
  };
}
