/** A world of batching servers, each point simulated when it is asked for. */
import type { Slo } from '../../lib/core/recommend/goal.ts';
import type { SearchDevice } from '../../lib/core/search/space.ts';
import type { Load } from '../../lib/core/search/trial.ts';
import { percentileMs, type Server, saturation } from './batch-server.ts';
import type { Noise, Truth, World } from './world.ts';

export interface QueueWorld {
  family: string;
  name: string;
  slo: Slo;
  devices: readonly SearchDevice[];
  servers: ReadonlyMap<string, Server>;
  noise: Noise;
  /** Ratio of neighbouring loads in an exhaustive sweep. */
  step: number;
}

/** Loads of a sweep, as shares of saturation: below a tenth nothing is cheap, above it nothing holds. */
const LOWEST = 0.1;
const HIGHEST = 1.2;

export function queueWorld({ servers, step, noise, ...rest }: QueueWorld): World {
  const known = new Map<string, number>();
  const loads = new Map<string, Load[]>();
  const latency = (configuration: string, perSecond: number) => {
    const key = `${configuration} ${perSecond}`;
    const found = known.get(key) ?? percentileMs(servers.get(configuration)!, perSecond, rest.slo.percentile);
    known.set(key, found);
    return found;
  };
  return {
    ...rest,
    noise: () => noise,
    loads(configuration) {
      const found = loads.get(configuration) ?? ladder(saturation(servers.get(configuration)!), step);
      loads.set(configuration, found);
      return found;
    },
    truth(configuration, load): Truth {
      const top = saturation(servers.get(configuration)!);
      if (load.kind !== 'rate') return { ratePerSecond: top, latencyMs: null, failed: false };
      return {
        ratePerSecond: Math.min(top, load.perSecond),
        latencyMs: latency(configuration, load.perSecond),
        failed: false,
      };
    },
  };
}

/** The same rates for all: whole powers of the step. */
function ladder(top: number, step: number): Load[] {
  const low = Math.ceil(Math.log(top * LOWEST) / Math.log(step));
  const high = Math.floor(Math.log(top * HIGHEST) / Math.log(step));
  return Array.from({ length: high - low + 1 }, (_, i) => ({ kind: 'rate', perSecond: step ** (low + i) }));
}
