/**
 * Random devices with batching servers: some fast and dear, some slow and cheap, with fixed costs from small to dominant.
 * Execution times are deliberately not a + b·n: they bend, climb in tiles, and every configuration is off by something of its
 * own, so that the search's model is wrong everywhere and right on the whole. A world is its seed.
 */
import type { SearchDevice } from '../../lib/core/search/space.ts';
import type { Server } from './batch-server.ts';
import { type Draw, drawOf, seedOf } from './draw.ts';
import { queueWorld } from './queue-world.ts';
import type { World } from './world.ts';

const BATCHES = [1, 2, 4, 8, 16, 32];
const DELAY_SHARES = [0, 0.1, 0.25];

export function syntheticWorld(seed: number): World {
  const draw = drawOf(seedOf('synthetic', seed));
  const servers = new Map<string, Server>();
  const work = draw.log(0.3, 30);
  const kinds = Array.from({ length: Math.floor(draw.uniform(8, 13)) }, (_, i) => deviceKind(draw, i, work));
  const typicalMs = kinds.map((k) => k.fixedMs + k.itemMs).sort((a, b) => a - b)[Math.floor(kinds.length / 2)]!;
  const latencyMs = typicalMs * draw.log(3, 15);
  const devices = kinds.map((kind): SearchDevice => {
    const configurations = BATCHES.flatMap((maxBatch) =>
      kind.instances.flatMap((instances) =>
        DELAY_SHARES.filter((d) => d === 0 || maxBatch > 1).map((share) => {
          const delayMs = Math.round(share * latencyMs * 10) / 10;
          const id = `${kind.id}/b${maxBatch}/x${instances}/d${delayMs}`;
          const own = Math.exp(0.03 * draw.normal());
          servers.set(id, serverOf(kind, { maxBatch, instances, delayMs, own }));
          return { id, batching: { line: `x${instances}`, instances, maxBatch, delayMs }, users: [] };
        }),
      ),
    );
    return { id: kind.id, usdPerHour: kind.usdPerHour, deploySeconds: 420, reloadSeconds: 45, configurations };
  });
  const relative = draw.uniform(0.03, 0.1);
  return queueWorld({
    family: 'synthetic',
    name: `synthetic-${seed}`,
    slo: { percentile: draw.pick([95, 99]), latencyMs, maxErrorRate: 0.01 },
    devices,
    servers,
    noise: { rate: relative, latency: relative * draw.uniform(0.8, 1.2) },
    step: 1.25,
  });
}

type Kind = ReturnType<typeof deviceKind>;

function deviceKind(draw: Draw, index: number, workMs: number) {
  const usdPerHour = draw.log(0.1, 5);
  // Speed follows price on average, and misses it by a factor of two either way.
  const speed = usdPerHour ** 0.8 * Math.exp(0.5 * draw.normal());
  const itemMs = workMs / speed / 4;
  return {
    id: `device-${index}`,
    usdPerHour,
    itemMs,
    fixedMs: itemMs * draw.log(0.3, 40),
    bend: draw.uniform(0.88, 1.12),
    tile: draw.pick([1, 1, 2, 4, 8]),
    /** 0: instances do not disturb each other; 1: together they do no more than one. */
    contention: draw.uniform(0.2, 1.05),
    /** Fixed costs overlap better than work does. */
    overlap: draw.uniform(0.5, 1),
    scatter: draw.log(0.01, 0.08),
    instances: draw.pick([
      [1, 2],
      [1, 2, 4],
      [1, 2, 4],
    ]),
  };
}

function serverOf(kind: Kind, o: { maxBatch: number; instances: number; delayMs: number; own: number }): Server {
  const { maxBatch, instances, delayMs, own } = o;
  const work = instances ** kind.contention;
  const fixed = instances ** (kind.contention * kind.overlap);
  const meanMs = (n: number) => {
    const tiles = Math.ceil(n / kind.tile) * kind.tile;
    return own * (kind.fixedMs * fixed + kind.itemMs * work * ((n + tiles) / 2) ** kind.bend);
  };
  return { meanMs, scatter: kind.scatter, instances, maxBatch, delayMs };
}
