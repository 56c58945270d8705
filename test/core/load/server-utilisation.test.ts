import { describe, expect, test } from 'vitest';
import { parseServerUtilisation } from '../../../lib/core/load/server-utilisation.ts';
import { segmentUtilisationSchema } from '../../../lib/core/load/utilisation.ts';

const row = (ago_s: number, o: object = {}) => ({
  ago_s,
  period_s: 1,
  cpu_cores: 0.9,
  rss_mib: 50.5,
  major_faults: 2,
  memory_stall: 0.01,
  host_cpu_cores: 1.5,
  host_memory_mib: 900,
  accelerator_busy: [0.97, null],
  accelerator_memory_mib: 12,
  ...o,
});
const capacity = {
  server_cpu_cores: 1,
  host_cpu_cores: 2,
  host_memory_mib: 1000,
  memory_limit_mib: null,
  accelerators: { source: 'nvidia-smi', count: 2, memory_mib: 30720 },
};

describe('parseServerUtilisation', () => {
  test('puts the rows on the clock of the segment and leaves out what began before it', () => {
    const told = parseServerUtilisation({ capacity, rows: [row(4.4), row(3.5), row(2.5), row(0.25)] }, 4.5)!;
    expect(told.seconds.map((s) => s.endS)).toEqual([1, 2, 4.25]);
    expect(told.seconds[0]).toEqual({
      endS: 1,
      periodS: 1,
      cpuCores: 0.9,
      rssMib: 50.5,
      majorFaults: 2,
      memoryStallShare: 0.01,
      hostCpuCores: 1.5,
      hostMemoryMib: 900,
      acceleratorBusy: [0.97, null],
      acceleratorMemoryMib: 12,
    });
    expect(told.capacity).toEqual({
      serverCores: 1,
      hostCores: 2,
      hostMemoryMib: 1000,
      memoryLimitMib: null,
      accelerators: { source: 'nvidia-smi', count: 2, memoryMib: 30720 },
    });
    expect(segmentUtilisationSchema.parse(told)).toEqual(told);
  });

  test.each([
    null,
    { error: 'there is nothing at /v2/utilisation/3' },
    { capacity, rows: [row(1, { period_s: 0 })] },
    { capacity: {}, rows: [] },
    { capacity, rows: [row(1, { rss_mib: '5' })] },
  ])('%j is no such answer', (answer) => {
    expect(parseServerUtilisation(answer, 3)).toBeNull();
  });
});
