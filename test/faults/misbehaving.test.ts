/** Real servers that answer wrongly, die, fail now and then, or are too fast to be seen: none of them may ever win. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import { recommend } from '../../lib/core/recommend/recommend.ts';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { runSweep } from '../../lib/engine/run.ts';
import { resourceName } from '../../lib/engine/workflow/names.ts';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { allowedCores, splitCores } from '../../lib/local/cores.ts';
import { FileRecords } from '../../lib/local/file-records.ts';
import { FileStore } from '../../lib/local/file-store.ts';
import { openRunJournal } from '../../lib/local/journal/run-journal.ts';
import { LoadProcess } from '../../lib/local/load-process.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { misbehavingTarget } from '../support/misbehaving-target.ts';
import { emulatedPlan } from '../support/plans.ts';

const modes = ['good', 'wrong', 'wrong-under-load', 'dies', 'errors', 'instant'];
const folder = mkdtempSync(join(tmpdir(), 'misbehaving-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let records: Measurement[];
let decision: Recommendation;

const of = (mode: string) => records.filter((m) => m.configuration.name === mode);
const codes = (mode: string) => of(mode).flatMap((m) => m.validity.reasons.map((r) => r.code));

beforeAll(async () => {
  const plan = emulatedPlan({
    slo: { percentile: 95, latencyMs: 100 },
    runtimes: modes.map((name) => ({ name, emulated: {} })),
    load: { protocol: 'capacity', users: [1, 8], window: '2s', rounds: 2, confirm: { finalists: 2, rounds: 3 } },
  });
  const world = new FakeWorld(plan);
  const store = new FileStore(folder);
  for (const [key, text] of world.objects) await store.put(key, text);
  mkdirSync(join(folder, 'servers'));
  const ports = {
    ...world.ports(),
    targets: { local: misbehavingTarget(join(folder, 'servers')) },
    generator: new LoadProcess({
      entry: join(import.meta.dirname, '..', '..', 'dist', 'lib', 'load', 'main.js'),
      folder: join(folder, 'generators'),
      store,
      cores: splitCores(allowedCores(), 1).client,
      nameOf: resourceName,
    }),
    store,
    records: new FileRecords(join(folder, 'measurements.jsonl')),
  };
  const journal = openRunJournal(join(folder, 'journal.jsonl'), 'run-1', workflows(ports));
  const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
  const end = await runSweep(ports, () => journal.run('sweep', null), wait);
  journal.close();
  expect(end).toMatchObject({ state: 'done', alive: [] });
  records = await ports.records.list();
  const { slo, demand, objective } = plan;
  decision = recommend({ experiment: 'misbehaving', slo, demand, objective, measurements: records });
}, 240_000);

describe('a real server that', () => {
  it('is sound is valid and wins', () => {
    expect(of('good').map((m) => m.validity)).toEqual(of('good').map(() => ({ status: 'valid', reasons: [] })));
    expect(decision.choice?.configuration).toBe('good');
    expect(decision.ties).toEqual([]);
  });

  it.each([
    ['answers wrongly', 'wrong', 'wrong-output'],
    ['answers wrongly once it is loaded', 'wrong-under-load', 'wrong-output'],
    ['dies under load', 'dies', 'server-died'],
    ['fails 0.4 % of its requests', 'errors', 'error-rate'],
    ['is faster than the client can observe', 'instant', 'client-bound'],
  ])('%s is invalid for that reason', (_what, mode, code) => {
    expect(of(mode)[0]!.validity.status).toBe('invalid');
    expect(codes(mode)).toContain(code);
    expect(decision.rejected.find((r) => r.configuration === mode)).toMatchObject({
      reason: 'validity',
      wouldWinAt: null,
    });
  });

  it('was stopped at the golden check got no load at all', () => {
    expect(of('wrong')[0]!.stairs).toEqual([]);
  });
});
