/** The order of windows in one load job: who is loaded how, and when. */
import type { Segment } from '../load/job.ts';
import type { LoadPlan } from './load-plan.ts';
import { stairSeconds } from './load-seconds.ts';
import { type Stair, stairNamed } from './stairs.ts';

/** Segment ids carry what the window belongs to. */
export function segmentId(repeat: number, round: number, stair: string, endpoint: string): string {
  return `${repeat}/${round}/${stair}/${endpoint}`;
}

/** What a window belongs to, read back from its id. */
export function segmentPlace(id: string): { repeat: number; round: number; stair: string; endpoint: string } {
  const [repeat, round, stair, endpoint] = id.split('/');
  return { repeat: Number(repeat), round: Number(round), stair: stair!, endpoint: endpoint! };
}

/**
 * Every endpoint at every stair in each round. Endpoints alternate in short windows so that a drift of the host hits all of
 * them, and every second round runs backwards so that it hits them in the other order.
 */
export function screeningSegments(load: LoadPlan, endpoints: readonly string[]): Segment[] {
  return inRounds(load, load.rounds, endpoints, (order, repeat, round) =>
    load.stairs.flatMap((stair) => order.map((endpoint) => window(load, repeat, round, stair, endpoint))),
  );
}

/** Deployments at one more load, each at its own, interleaved the same way. */
export function addedSegments(load: LoadPlan, added: readonly { endpoint: string; stair: Stair }[]): Segment[] {
  return inRounds(load, load.rounds, added, (order, repeat, round) =>
    order.map(({ endpoint, stair }) => window(load, repeat, round, stair, endpoint)),
  );
}

/** Finalists at their best stair, interleaved the same way. */
export function confirmationSegments(
  load: LoadPlan,
  finalists: readonly { endpoint: string; stair: string }[],
): Segment[] {
  return inRounds(load, load.confirmation?.rounds ?? 0, finalists, (order, repeat, round) =>
    order.map(({ endpoint, stair }) => window(load, repeat, round, stairNamed(load, stair), endpoint)),
  );
}

function inRounds<T>(
  load: LoadPlan,
  rounds: number,
  items: readonly T[],
  windows: (order: readonly T[], repeat: number, round: number) => Segment[],
): Segment[] {
  const reversed = [...items].reverse();
  return Array.from({ length: load.repeats * rounds }, (_, i) =>
    windows(i % 2 === 0 ? items : reversed, Math.floor(i / rounds) + 1, i % rounds),
  ).flat();
}

function window(load: LoadPlan, repeat: number, round: number, stair: Stair, endpoint: string): Segment {
  return {
    id: segmentId(repeat, round, stair.id, endpoint),
    endpoint,
    shape: stair.shape,
    seconds: stairSeconds(load, stair),
    dropSeconds: load.dropSeconds,
  };
}
