/** A configuration as the recommendation prints it. */
import { instancesFor } from '../scale/instances.ts';
import { tidy } from '../scale/tidy.ts';
import { usdPerMillion } from '../scale/usd-per-million.ts';
import type { Ranked } from './rank.ts';
import type { Choice } from './recommendation.ts';

/** A laptop has neither price nor fleet. */
export function choiceOf(
  { candidate, point }: Pick<Ranked, 'candidate' | 'point'>,
  demandPerMinute: number | null,
): Choice {
  const { configuration, usdPerHour } = candidate;
  const perMinute = tidy(point.ratePerSecond * 60);
  const sized = demandPerMinute !== null && configuration.target !== 'local';
  const instances = sized ? instancesFor(demandPerMinute, perMinute) : null;
  return {
    configuration: configuration.name,
    target: configuration.target,
    instanceType: configuration.instanceType,
    instances,
    usdPerHour: usdPerHour === null ? null : tidy(usdPerHour * (instances ?? 1)),
    usdPerMillion: usdPerMillion(usdPerHour, point.itemsPerSecond),
    latencyMs: point.latencyMs,
    capacityPerMinute: perMinute,
  };
}
