import { describe, expect, it } from 'vitest';
import { mergeStair } from '../../../lib/core/measure/merge-stair.ts';
import { summariseUtilisation, utilisationOf } from '../../../lib/core/measure/utilisation.ts';
import { capacityOf, countersOf, flat, secondOf, segmentOf } from '../../support/measurements.ts';

const told = (...ends: number[]) => ({ capacity: capacityOf(), seconds: ends.map((endS) => secondOf({ endS })) });

describe('utilisationOf', () => {
  it('takes the seconds that end inside the measured part of each window', () => {
    const windows = [
      segmentOf({ durationS: 2, utilisation: told(0.4, 0.5, 1, 2.5, 2.6) }),
      segmentOf({ durationS: 2 }),
      segmentOf({ durationS: 1, utilisation: told(1, 2) }),
    ];
    const ends = utilisationOf(windows, 0.5)!.seconds.map((window) => window.map((s) => s.endS));
    expect(ends).toEqual([[1, 2.5], [], [1]]);
  });

  it('is null where no window tells, and keeps what the last one says of the host', () => {
    expect(utilisationOf([segmentOf()], 0.5)).toBeNull();
    const devices = { source: 'nvidia-smi', count: 1, memoryMib: 16384 };
    const later = { capacity: capacityOf(devices), seconds: [] };
    const windows = [segmentOf({ utilisation: told(1) }), segmentOf({ utilisation: later }), segmentOf()];
    expect(utilisationOf(windows, 0)!.capacity.accelerators).toEqual(devices);
  });
});

describe('summariseUtilisation', () => {
  it('weighs seconds by what they lasted and takes the largest', () => {
    const seconds = [
      secondOf({ cpuCores: 1, rssMib: 100, majorFaults: 30, periodS: 3 }),
      secondOf({ cpuCores: 0, rssMib: 300, majorFaults: 50, memoryStallShare: 0.4 }),
      secondOf({ cpuCores: null, rssMib: null, majorFaults: null, hostCpuCores: null }),
    ];
    const used = summariseUtilisation([{ capacity: capacityOf(), seconds: [seconds.slice(0, 1), seconds.slice(1)] }])!;
    expect(used.count).toBe(3);
    expect(used.cpuCores).toEqual({ mean: 0.75, max: 1 });
    expect(used.rssMib).toEqual({ mean: 150, max: 300 });
    expect(used.majorFaultsPerSecond).toEqual({ mean: 20, max: 50 });
    expect(used.memoryStallShare).toEqual({ mean: 0.4 / 5, max: 0.4 });
  });

  it('averages devices, those that tell, and says nothing of what none tells', () => {
    const seconds = [
      secondOf({ acceleratorBusy: [1, 0], acceleratorMemoryMib: 10 }),
      secondOf({ acceleratorBusy: [0.2, null], acceleratorMemoryMib: 30 }),
      secondOf({ acceleratorBusy: [null, null], acceleratorMemoryMib: null }),
    ];
    const used = summariseUtilisation([{ capacity: capacityOf(), seconds: [seconds] }])!;
    expect(used.acceleratorBusy!.mean).toBeCloseTo(0.35, 12);
    expect(used.acceleratorBusy!.max).toBe(0.5);
    expect(used.acceleratorMemoryMib).toEqual({ mean: 20, max: 30 });
    const none = summariseUtilisation([{ capacity: capacityOf(), seconds: [[secondOf({ hostMemoryMib: null })]] }])!;
    expect([none.acceleratorBusy, none.acceleratorMemoryMib, none.hostMemoryMib]).toEqual([null, null, null]);
  });

  it('is null without a second', () => {
    expect(summariseUtilisation([])).toBeNull();
    expect(summariseUtilisation([null, { capacity: capacityOf(), seconds: [[], []] }])).toBeNull();
  });
});

describe('mergeStair', () => {
  it('knows the CPU of a server of several processes from what was seen of all of them', () => {
    const utilisation = { capacity: capacityOf(), seconds: [secondOf({ endS: 1, cpuCores: 1.8 })] };
    const workers = { before: countersOf({ pid: 1 }), after: countersOf({ pid: 2, cpuSeconds: 9 }) };
    const of = (o: Parameters<typeof segmentOf>[0]) => mergeStair('s', [segmentOf(o)], 0).serverCpuUtilisation;
    expect(of({ durationS: 1.5, server: workers, utilisation })).toBe(1.8);
    expect(of({ durationS: 1.5, server: workers })).toBeNull();
    const alone = { before: countersOf({ cpuSeconds: 0 }), after: countersOf({ cpuSeconds: 3 }) };
    expect(of({ durationS: 1.5, server: alone, utilisation }), 'what one process counts is exact').toBe(2);
  });

  it('tells how long bytes were on their way, each side by its own figures', () => {
    const server = {
      before: countersOf({ successCount: 10, receiveNs: 1e9 }),
      after: countersOf({ successCount: 30, receiveNs: 2e9 }),
    };
    const transfer = (o: Parameters<typeof segmentOf>[0][]) => mergeStair('s', o.map(segmentOf), 0).transfer;
    const serviceTime = flat(100, 10);
    expect(transfer([{ server, replyMs: 300, good: 10, serviceTime }, { good: 5 }])).toEqual({
      requestMs: 50,
      replyMs: 30,
    });
    const silent = { before: countersOf(), after: countersOf({ successCount: 3 }) };
    expect(transfer([{ server, good: 10 }, { server: silent }])).toEqual({ requestMs: null, replyMs: null });
    expect(transfer([{ replyMs: 0, good: 0 }])).toEqual({ requestMs: null, replyMs: null });
  });
});
