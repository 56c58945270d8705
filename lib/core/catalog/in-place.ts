/**
 * What of a configuration a running deployment takes up without being made again: the settings of our own server's queue, and
 * whatever the requests say themselves. All the rest takes another deployment.
 */
import type { Configuration, PlannedDeployment } from '../plan/plan.ts';
import { canonicalJson } from '../spec/canonical-json.ts';
import { paddingOf, servingOf } from './serving.ts';

/** Runtimes that one process of our own server runs, behind one queue. */
const ONE_QUEUE = ['emulated', 'onnxruntime', 'reference', 'torch'];

/** Of the queue, in the units of Triton's configuration. */
export type InPlaceSettings = {
  /** Items in one execution at most; 0 where each request runs alone. */
  maxBatchSize: number;
  maxQueueDelayMicroseconds: number;
};

/** As a configuration wants them; null where a deployment takes none up in place. */
export function inPlaceSettings(configuration: Configuration): InPlaceSettings | null {
  const { batching, gunicorn } = servingOf(configuration);
  if (!ONE_QUEUE.includes(configuration.runtime) || gunicorn !== null) return null;
  if (typeof batching !== 'object' || batching === null) return { maxBatchSize: 0, maxQueueDelayMicroseconds: 0 };
  const delayMs = Number(batching['maxQueueDelayMs'] ?? 0);
  return { maxBatchSize: Number(batching['maxBatchSize']), maxQueueDelayMicroseconds: Math.round(delayMs * 1000) };
}

type Deployable = Pick<PlannedDeployment, 'configuration' | 'preparation' | 'purchase'>;

/** The same text for configurations that one deployment can serve, one after the other; its own id where none is shared. */
export function deploymentKey({ configuration, preparation, purchase }: Deployable): string {
  if (inPlaceSettings(configuration) === null) return configuration.id;
  const { target, instanceType, runtime, parameters } = configuration;
  const { batching: _, ...started } = servingOf(configuration);
  return canonicalJson({
    target,
    instanceType,
    purchase,
    runtime,
    preparation,
    started,
    padding: paddingOf(parameters),
  });
}

export function shareDeployment(a: Deployable, b: Deployable): boolean {
  return deploymentKey(a) === deploymentKey(b);
}
