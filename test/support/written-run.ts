/** The folder of a run that has ended, as its documents lie on disk. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealOf } from '../../lib/cli/plan-seal.ts';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';

/** @param lock what differs from the lock that `run` writes */
export function writeRunFolder(
  folder: string,
  plan: Plan,
  measurements: readonly Measurement[],
  lock: { [key: string]: unknown } = {},
): string {
  mkdirSync(folder, { recursive: true });
  const planText = `${JSON.stringify(plan, null, 2)}\n`;
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  put('plan.json', planText);
  put('measurements.jsonl', measurements.map((m) => `${JSON.stringify(m)}\n`).join(''));
  put('experiment.yaml', 'name: written\n');
  put(
    'lock.json',
    `${JSON.stringify({ schema: 'infersweep.lock.v1', kitVersion: '0.1.0', driver: 'aws', region: plan.region, planSha256: sealOf(planText), ...lock }, null, 2)}\n`,
  );
  return folder;
}
