/** A run's documents between its folder here and the place where it is driven. Nothing to do where both are the same. */
import type { EnginePorts } from '../engine/ports.ts';
import type { Run } from './kit.ts';

const DOCUMENTS = ['inputs.jsonl', 'golden.jsonl', 'plan.json'];
const RESULTS = ['receipt.json'];

/** The plan last: a run with a plan counts as begun. */
export async function push(run: Run, ports: EnginePorts): Promise<void> {
  if (ports.store === run.store) return;
  for (const key of DOCUMENTS) {
    const text = await run.store.get(key);
    if (text !== null) await ports.store.put(key, text);
  }
}

/** Records are terminal, so what is here already stays. */
export async function pull(run: Run, ports: EnginePorts): Promise<void> {
  if (ports.store === run.store) return;
  for (const measurement of await ports.records.list()) await run.records.append(measurement);
  for (const skipped of await ports.records.skipped()) await run.records.skip(skipped);
  for (const key of RESULTS) {
    const text = await ports.store.get(key);
    if (text !== null) await run.store.put(key, text);
  }
}
