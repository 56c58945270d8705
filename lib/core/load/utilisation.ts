/** What a server's host had in use while it was loaded, second by second, as the kit's own server tells it. */
import * as z from 'zod';

/** Of one second; null for what the host does not tell. */
export const utilisationSecondSchema = z.strictObject({
  /** Its end, seconds since the segment's start. */
  endS: z.number(),
  /** What it lasted: a host with little time left is late. */
  periodS: z.number().positive(),
  /** Cores that the server's processes kept busy. */
  cpuCores: z.number().nullable(),
  /** Resident memory of the server's processes; pages that several of them share count for each. */
  rssMib: z.number().nullable(),
  /** Page faults of the server that had to be read from a disk. */
  majorFaults: z.number().nullable(),
  /** Share of the time in which work of its control group, or else of its host, waited for memory. */
  memoryStallShare: z.number().nullable(),
  /** Cores of the host that were busy, with whatever. */
  hostCpuCores: z.number().nullable(),
  hostMemoryMib: z.number().nullable(),
  /** Share of the time in which each device, or core of one, worked. */
  acceleratorBusy: z.array(z.number().nullable()).nullable(),
  /** Of all devices together. */
  acceleratorMemoryMib: z.number().nullable(),
});
export type UtilisationSecond = z.infer<typeof utilisationSecondSchema>;

export const hostCapacitySchema = z.strictObject({
  /** Cores that the server may run on. */
  serverCores: z.number().nullable(),
  hostCores: z.number().nullable(),
  hostMemoryMib: z.number().nullable(),
  /** What its control group allows; null where that is no less than the host has. */
  memoryLimitMib: z.number().nullable(),
  accelerators: z
    .strictObject({
      /** The program that tells of them. */
      source: z.string(),
      count: z.int().positive(),
      memoryMib: z.number().nullable(),
    })
    .nullable(),
});

export const segmentUtilisationSchema = z.strictObject({
  capacity: hostCapacitySchema,
  /** Ascending; those that lie between the segment's start and the reading after it. */
  seconds: z.array(utilisationSecondSchema),
});
export type SegmentUtilisation = z.infer<typeof segmentUtilisationSchema>;
