/**
 * What limits a deployment at one stair, in words: the part of a request's mean time that is the largest, told apart by how
 * busy the parts are. Bottleneck analysis of a closed system: the station with the largest demand bounds it, whatever the
 * others do (Lazowska et al., Quantitative System Performance, 1984, chapter 5). Where no part stands out, it says so.
 */
import { Histogram } from '../load/histogram.ts';
import type { Parameters } from '../plan/plan.ts';
import type { StairMeasurement } from './measurement.ts';
import { MAX_CLIENT_UTILISATION, SATURATED_SERVER } from './rules/client-bound.ts';
import { summariseUtilisation, type UtilisationSummary } from './utilisation.ts';

export const bottlenecks = [
  'client',
  'network',
  'front end',
  'queue',
  'batching wait',
  'compute',
  'serialisation',
  'memory',
  'unclear',
] as const;
export type Bottleneck = (typeof bottlenecks)[number];

export interface BottleneckFinding {
  word: Bottleneck;
  /** The figures that say so. */
  detail: string;
}

/** Of the mean time of a request: a smaller largest part is not named. */
const DOMINANT_SHARE = 0.5;
/** Of the time that the instances of a model could compute: below it a request waits for others to join it, not for its turn. */
const IDLE_COMPUTE = 0.5;
/**
 * Of the time outside the model, or of the server's processor, that goes into the server's own work on a request: parsing and
 * writing from here on, waiting up to the lower share. In between it may be either, on a host that others use as well.
 */
const OWN_WORK = 0.5;
const LITTLE_OWN_WORK = 0.25;
/** Of the time that the generator works or waits for its core: beyond it, what is outside the model may be the generator's. */
const MAX_DEMAND_BESIDE_FRONT = 0.5;

/** Waiting for memory from here to half may be what limits: on a host that others use, work waits for its core as well. */
const MUCH_STALL = 0.25;
/** A page takes less than this to be read even from a slow disk: what the server's own page faults cannot explain, others wait for. */
const MAX_FAULT_SECONDS = 0.05;

export interface BottleneckEvidence {
  stair: StairMeasurement;
  parameters: Parameters;
  /** Cores of the server; null where they are not what is measured. */
  serverCores: number | null;
}

export function bottleneckOf({ stair, parameters, serverCores }: BottleneckEvidence): BottleneckFinding {
  const { queueMs, computeMs } = stair.split;
  const cpu = stair.serverCpuUtilisation;
  const isSaturated = cpu !== null && serverCores !== null && cpu >= SATURATED_SERVER * serverCores;
  const client = isSaturated ? null : clientOf(stair);
  if (client !== null) return client;
  const meanMs = Histogram.decode(stair.serviceTime).meanMs;
  const used = summariseUtilisation([stair.utilisation]);
  const memory = memoryOf(stair, meanMs, used);
  if (memory !== null) return memory;
  if (queueMs === null || computeMs === null || meanMs === null || meanMs <= 0) {
    return { word: 'unclear', detail: 'the server does not say where its time goes' };
  }
  // All of it: what a server spends on decoding and encoding is inside its own time but neither queue nor compute.
  const outsideMs = Math.max(0, meanMs - queueMs - computeMs);
  const parts: [string, number][] = [
    ['queue', queueMs],
    ['compute', computeMs],
    ['outside', outsideMs],
  ];
  const [name, ms] = parts.reduce((largest, part) => (part[1] > largest[1] ? part : largest));
  const share = ms / meanMs;
  const figures = `${percent(share)} of a request's ${meanMs.toPrecision(3)} ms`;
  if (share < DOMINANT_SHARE)
    return { word: 'unclear', detail: `no part takes half: the largest, ${name}, ${figures}` };
  const device = deviceText(used);
  if (name === 'compute') return { word: 'compute', detail: `in the model: ${figures}${device}` };
  if (name === 'queue') return waiting(stair, parameters, figures, device);
  return outside({ stair, outsideMs, computeMs, serverCores, figures });
}

/** Of the time that the generator works or waits for its core. */
function clientDemand({ client, durationS }: Pick<StairMeasurement, 'client' | 'durationS'>): number {
  return client.utilisation + (durationS > 0 ? (client.runQueueWaitSeconds ?? 0) / durationS : 0);
}

/** A generator that waits for its core has as little time left as one that fills it. */
function clientOf({ client, durationS }: StairMeasurement): BottleneckFinding | null {
  if (clientDemand({ client, durationS }) < MAX_CLIENT_UTILISATION) return null;
  const waited = clientDemand({ client, durationS }) - client.utilisation;
  const detail = `the load generator used ${percent(client.utilisation)} of its core and waited for it ${percent(waited)}`;
  return { word: 'client', detail: `${detail} of the time` };
}

/**
 * Memory is short where the kernel says that work waited for it (pressure stall information) and the server itself had pages
 * read back from a disk. Half of the time is too much whoever queues behind it; of a load that leaves the server idle, half of
 * a request's time.
 */
function memoryOf(
  { durationS, good }: StairMeasurement,
  meanMs: number | null,
  used: UtilisationSummary | null,
): BottleneckFinding | null {
  const stall = used?.memoryStallShare?.mean ?? 0;
  const faults = used?.majorFaultsPerSecond?.mean ?? 0;
  if (used === null || stall === 0 || faults * MAX_FAULT_SECONDS < stall) return null;
  const ofRequest = good > 0 && meanMs !== null && meanMs > 0 ? (stall * durationS * 1000) / good / meanMs : 0;
  const share = Math.max(stall, ofRequest);
  if (share < MUCH_STALL) return null;
  const { memoryLimitMib: limit } = used.capacity;
  const room = limit === null ? '' : `, within a limit of ${Math.round(limit)} MiB`;
  const detail = `waiting for memory ${percent(stall)} of the time: ${Math.round(faults)} pages a second are read from a disk`;
  return { word: share < DOMINANT_SHARE ? 'unclear' : 'memory', detail: `${detail}${room}` };
}

/** What an accelerator did meanwhile; nothing where none is known. */
function deviceText(used: UtilisationSummary | null): string {
  const busy = used?.acceleratorBusy ?? null;
  return busy === null ? '' : `; the accelerator is busy ${percent(busy.mean)} of the time`;
}

/** In the queue of the model: for its turn, or for others to join a batch. */
function waiting(stair: StairMeasurement, parameters: Parameters, figures: string, device: string): BottleneckFinding {
  const instances = Math.max(1, Number(parameters['instanceCount'] ?? parameters['workers'] ?? 1));
  const rate = stair.durationS > 0 ? stair.good / stair.durationS : 0;
  // Triton counts the whole execution for each request that was in it (its statistics extension).
  const busy = ((rate / (stair.meanBatch ?? 1)) * stair.split.computeMs!) / 1000 / instances;
  if (batches(parameters) && busy < IDLE_COMPUTE) {
    return {
      word: 'batching wait',
      detail: `waiting for a batch to fill: ${figures}, while the model works ${percent(busy)} of the time${device}`,
    };
  }
  return {
    word: 'queue',
    detail: `waiting for an instance: ${figures}; the model works ${percent(Math.min(1, busy))} of the time${device}`,
  };
}

interface Outside extends Pick<BottleneckEvidence, 'stair' | 'serverCores'> {
  outsideMs: number;
  computeMs: number;
  figures: string;
}

/**
 * Before and after the model: the server's own work on bytes, or a front that has no hands free. Requests that wait for each
 * other's bytes wait for that work: by the utilisation law (Lazowska, chapter 3) its demand times the rate is how much of the
 * processor it fills.
 */
function outside({ stair, outsideMs, computeMs, serverCores, figures }: Outside): BottleneckFinding {
  const { serverCpuUtilisation: cpu, durationS, good } = stair;
  if (cpu === null || good === 0)
    return { word: 'unclear', detail: `outside the model: ${figures}; its processor time is not known` };
  const cpuMs = ((cpu * durationS) / good) * 1000;
  const ownMs = Math.max(0, cpuMs - computeMs / (stair.meanBatch ?? 1));
  const ofProcessor = serverCores === null || cpuMs === 0 ? 0 : ((ownMs / cpuMs) * cpu) / serverCores;
  const share = Math.max(ownMs / outsideMs, ofProcessor);
  const own = `${ownMs.toPrecision(2)} ms`;
  // A server that waits for its processor works for less of the time than its work takes.
  const mayTake = Math.max((ownMs * hostStretch(stair)) / outsideMs, ofProcessor);
  if (share >= OWN_WORK)
    return { word: 'serialisation', detail: `reading and writing bytes: ${figures}, ${own} of it processor time` };
  if (mayTake >= LITTLE_OWN_WORK || clientDemand(stair) >= MAX_DEMAND_BESIDE_FRONT)
    return { word: 'unclear', detail: `outside the model: ${figures}, of which the server works ${own}` };
  // Bytes that neither side is busy with, and that yet come slowly, are held up between the two.
  const movingMs = (stair.transfer.requestMs ?? 0) + (stair.transfer.replyMs ?? 0);
  if (movingMs / outsideMs >= DOMINANT_SHARE)
    return {
      word: 'network',
      detail: `moving bytes: ${figures}, ${movingMs.toPrecision(2)} ms from their first to their last`,
    };
  // A front is what remains when neither the server's work, nor the client's, nor the way between them can be it.
  return { word: 'front end', detail: `before the model: ${figures}, of which the server works ${own}` };
}

/** How much longer work takes on a host that others use: what the generator waited for its core, beside what it worked there. */
function hostStretch({ client: { cpuSeconds, runQueueWaitSeconds } }: StairMeasurement): number {
  return cpuSeconds > 0 ? 1 + (runQueueWaitSeconds ?? 0) / cpuSeconds : 1;
}

function batches({ dynamicBatching }: Parameters): boolean {
  return dynamicBatching !== undefined && dynamicBatching !== null && dynamicBatching !== false;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
