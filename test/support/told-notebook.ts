/** A search's notebook with what a test says was seen. */
import type { Notebook } from '../../lib/core/search/notebook.ts';
import type { SearchDevice } from '../../lib/core/search/space.ts';
import type { Load, Observation, Trial } from '../../lib/core/search/trial.ts';

/** What is not told of the observation: 200 requests a second to 2 %, no latency, no failure. */
export function tell(
  notebook: Notebook,
  device: SearchDevice,
  configuration: string,
  load: Load,
  told: Partial<Observation>,
): void {
  const asked = notebook.ask(device, configuration, load, 'screen');
  const [trial] = asked.next().value as Trial[];
  const usual = { ratePerSecond: 200, rateSpread: 0.02, latencyMs: null, latencyUpperMs: null, failed: false };
  asked.next([{ trial: trial!.id, ...usual, ...told }]);
}
