/** Which configuration of a device is believed to carry most. */
import { believedCapacity, type Modelled, mayCarry } from './device-model.ts';
import type { Notebook } from './notebook.ts';

/** What is no better by this is not worked out. */
const WORTH = 1.001;

/** Only those that carry more than the best so far are worked out. @param hope in standard deviations. */
export function foremost(notebook: Notebook, rows: readonly Modelled[], hope = 0): Modelled | null {
  let best: Modelled | null = null;
  let most = 0;
  for (const row of rows) {
    if (best !== null && !mayCarry(notebook, row, most * WORTH, hope)) continue;
    const carries = believedCapacity(notebook, row, hope);
    if (carries > most) [best, most] = [row, carries];
  }
  return best;
}
