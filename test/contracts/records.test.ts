import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildMeasurement } from '../../lib/core/measure/measure.ts';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Records } from '../../lib/core/ports/records.ts';
import { FileRecords } from '../../lib/local/file-records.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { emulatedPlan } from '../support/plans.ts';

const folder = mkdtempSync(join(tmpdir(), 'records-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let n = 0;
const newFile = () => join(folder, `${n++}.jsonl`);

const plan = emulatedPlan();
function measurement(index: number): Measurement {
  return buildMeasurement({
    plan,
    deployment: plan.deployments[index]!,
    trial: plan.trials.find((t) => t.deployment === plan.deployments[index]!.id)!,
    segments: [],
    ready: null,
    prepare: null,
    price: null,
    startedAt: null,
    versions: {},
    findings: [{ code: 'unhealthy', detail: 'never started' }],
  });
}

const kinds: [string, () => Records][] = [
  ['a file', () => new FileRecords(newFile())],
  ['the fake of the engine tests', () => new FakeWorld(plan).ports().records],
];

describe.each(kinds)('Records in %s', (_name, open) => {
  it('keeps one record a trial, the first', async () => {
    const records = open();
    await records.append(measurement(0));
    await records.append({ ...measurement(0), startedAt: 'later' });
    await records.append(measurement(1));
    expect(await records.list()).toEqual([measurement(0), measurement(1)]);
  });

  it('is empty at first', async () => {
    expect(await open().list()).toEqual([]);
  });
});

it('drops a record that a crash tore, at every byte, and writes it again whole', async () => {
  const file = newFile();
  const records = new FileRecords(file);
  await records.append(measurement(0));
  const line = `${JSON.stringify(measurement(1))}\n`;
  const whole = readFileSync(file, 'utf8');
  for (const cut of [1, 2, Math.floor(line.length / 2), line.length - 1]) {
    const torn = newFile();
    appendFileSync(torn, whole + line.slice(0, cut));
    const reopened = new FileRecords(torn);
    expect(await reopened.list()).toEqual([measurement(0)]);
    await reopened.append(measurement(1));
    expect(readFileSync(torn, 'utf8')).toBe(whole + line);
  }
});
