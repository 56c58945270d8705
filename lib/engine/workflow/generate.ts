/** A generator is held and settled like a deployment: it may be a task that is billed. */
import type { LoadJob } from '../../core/load/job.ts';
import type { LoadState } from '../../core/ports/load-generator.ts';
import type { EnginePorts } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { resourceName } from './names.ts';

type Loaded = Pick<Live, 'tags' | 'ttlSeconds'>;

/** It carries the tags of a deployment that it loads, and so ends with it at the latest. */
export async function startLoad(
  ports: EnginePorts,
  job: LoadJob,
  loaded: readonly Loaded[],
): Promise<{ handle: string } | { refused: string }> {
  const [first] = loaded as [Loaded];
  const usd = ports.generator.usdAtMost?.(job, first.ttlSeconds) ?? 0;
  if (usd > 0) {
    const answer = await ports.ledger.reserve({ name: resourceName(job.id), usd });
    if (!answer.granted) return { refused: 'budget' };
  }
  return { handle: await ports.generator.start(job, first.tags) };
}

export async function lookAtLoad(ports: EnginePorts, handle: string, jobId: string): Promise<LoadState> {
  const load = await ports.generator.check(handle);
  if (load.state === 'lost') return settleLost(ports, jobId);
  if (load.state !== 'running') await ports.ledger.settle(resourceName(jobId), load.usd ?? 0);
  return load;
}

/** For one that cannot be looked at. */
export async function giveUpLoad(ports: EnginePorts, handle: string, jobId: string): Promise<LoadState> {
  await ports.generator.stop(handle).catch(() => undefined);
  return settleLost(ports, jobId);
}

/** What it cost is not known: all that was held. */
async function settleLost(ports: EnginePorts, jobId: string): Promise<LoadState> {
  await ports.ledger.settle(resourceName(jobId), null);
  return { state: 'lost' };
}

/** Ends the load when somebody asked for it, and says who; null until it was told to end. */
export async function stopWhenAsked(ports: EnginePorts, handle: string): Promise<string | null> {
  const asked = await ports.stop.read().catch(() => null);
  if (asked === null) return null;
  return ports.generator.stop(handle).then(
    () => asked,
    () => null,
  );
}
