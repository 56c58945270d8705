import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootOf, S3Store } from '../../lib/aws/object-store.ts';
import { DynamoRecords } from '../../lib/aws/records.ts';
import { buildMeasurement } from '../../lib/core/measure/measure.ts';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Records } from '../../lib/core/ports/records.ts';
import { FileRecords } from '../../lib/local/file-records.ts';
import { type FullAws, startFullAws } from '../support/aws/full-aws.ts';
import { dataBucket } from '../support/aws/services/s3.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { emulatedPlan } from '../support/plans.ts';

const folder = mkdtempSync(join(tmpdir(), 'records-'));
let cloud: FullAws;
beforeAll(async () => {
  cloud = await startFullAws();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cloud.close();
});
let n = 0;
function onAws(runId = `run-${n++}`): DynamoRecords {
  return new DynamoRecords(
    cloud.entries(runId),
    new S3Store({ s3: cloud.s3, bucketName: dataBucket, root: rootOf(runId) }),
  );
}
/** In a folder of its own: what was skipped is kept beside it. */
const newFile = () => join(mkdtempSync(join(folder, 'run-')), 'measurements.jsonl');

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

function skipped(index: number, code: 'quota' | 'capacity') {
  const { name: configuration, target, instanceType } = plan.deployments[index]!.configuration;
  return {
    trial: measurement(index).trial,
    row: { configuration, target, instanceType, code, rule: null, fix: 'ask' },
  };
}

/** What two writers ended at once has no order. */
function byTrial(measurements: readonly Measurement[]): Measurement[] {
  return [...measurements].sort((a, b) => a.trial.localeCompare(b.trial));
}

const kinds: [string, () => Records][] = [
  ['DynamoDB and S3', () => onAws()],
  ['a file', () => new FileRecords(newFile())],
  ['the fake of the engine tests', () => new FakeWorld(plan).ports().records],
];

describe.each(kinds)('Records in %s', (_name, open) => {
  it('keeps one record a trial, the first', async () => {
    const records = open();
    await records.append(measurement(0));
    await records.append({ ...measurement(0), startedAt: 'later' });
    await records.append(measurement(1));
    expect(byTrial(await records.list())).toEqual(byTrial([measurement(0), measurement(1)]));
    expect(await records.skipped()).toEqual([]);
  });

  it('keeps why a trial never ran, the first reason', async () => {
    const records = open();
    await records.skip(skipped(0, 'quota'));
    await records.skip(skipped(0, 'capacity'));
    expect(await records.skipped()).toEqual([skipped(0, 'quota')]);
    expect(await records.list()).toEqual([]);
  });

  it('has a measurement or a reason for a trial, never both', async () => {
    const records = open();
    await records.append(measurement(0));
    await records.skip(skipped(0, 'quota'));
    await records.skip(skipped(1, 'quota'));
    await records.append(measurement(1));
    expect(await records.list()).toEqual([measurement(0)]);
    expect(await records.skipped()).toEqual([skipped(1, 'quota')]);
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

describe('DynamoRecords', () => {
  it('ends a trial once, whoever of many comes first', async () => {
    for (let round = 0; round < 10; round++) {
      const runId = `race-${round}`;
      await Promise.all(
        Array.from({ length: 8 }, (_, i) => {
          const records = onAws(runId);
          return i % 2 === 0
            ? records.append({ ...measurement(0), startedAt: String(i) })
            : records.skip(skipped(0, i % 4 === 1 ? 'quota' : 'capacity'));
        }),
      );
      const records = onAws(runId);
      expect((await records.list()).length + (await records.skipped()).length).toBe(1);
    }
  });

  it('takes over the body that a crash left without an entry', async () => {
    const records = onAws('crashed');
    cloud.aws.world.faults.push({ call: 'dynamodb:PutItem', about: 'crashed', code: 'X', message: 'gone', times: 1 });
    await expect(records.append(measurement(0))).rejects.toThrow();
    expect(await records.list()).toEqual([]);
    await records.append({ ...measurement(0), startedAt: 'later' });
    expect(await records.list()).toEqual([measurement(0)]);
  });

  it('has no measurement when a crash left its body and the trial was then skipped', async () => {
    const records = onAws('skipped');
    cloud.aws.world.faults.push({ call: 'dynamodb:PutItem', about: 'skipped', code: 'X', message: 'gone', times: 1 });
    await expect(records.append(measurement(0))).rejects.toThrow();
    await records.skip(skipped(0, 'quota'));
    await records.append(measurement(0));
    expect(await records.list()).toEqual([]);
    expect(await records.skipped()).toEqual([skipped(0, 'quota')]);
  });

  it('writes no body for a trial that has ended', async () => {
    const records = onAws('ended');
    await records.skip(skipped(0, 'quota'));
    await records.append(measurement(0));
    const keys = [...cloud.aws.world.buckets.get(dataBucket)!.keys()];
    expect(keys.filter((key) => key.startsWith('runs/ended/'))).toEqual([]);
  });

  it('lists more than a page of entries holds, in order', async () => {
    const records = onAws();
    const fix = 'f'.repeat(60_000);
    const all = Array.from({ length: 20 }, (_, i) => ({
      trial: `t${String(i).padStart(2, '0')}`,
      row: { ...skipped(0, 'quota').row, fix },
    }));
    for (const one of [...all].reverse()) await records.skip(one);
    const queries = () => cloud.aws.world.calls.filter((call) => call === 'dynamodb:Query').length;
    const before = queries();
    expect(await records.skipped()).toEqual(all);
    expect(queries() - before).toBeGreaterThan(1);
  });

  it('says which body was deleted behind its back', async () => {
    const records = onAws('robbed');
    await records.append(measurement(0));
    const objects = cloud.aws.world.buckets.get(dataBucket)!;
    for (const key of objects.keys()) if (key.startsWith('runs/robbed/')) objects.delete(key);
    await expect(records.list()).rejects.toThrow(/of run robbed is not in its bucket/);
  });
});
