/** The kit's own server under limits that the kernel really enforces: a processor quota, and memory that does not suffice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { DeployRequest } from '../../lib/core/ports/target.ts';
import { LocalPreparer } from '../../lib/local/local-preparer.ts';
import { LocalTarget } from '../../lib/local/local-target.ts';
import { type ControlGroup, controlGroup } from '../support/control-group.ts';
import { emulatedPlan } from '../support/plans.ts';
import { realSweep } from '../support/real-sweep.ts';

const folder = mkdtempSync(join(tmpdir(), 'starved-'));
const root = join(import.meta.dirname, '..', '..');

/** A fifth of a core; and less memory than an interpreter needs to start. */
const groups: Record<string, ControlGroup | null> = {
  quota: controlGroup('cpu', 'infersweep-quota', { 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '20000' }),
  memory: controlGroup('memory', 'infersweep-memory', { 'memory.limit_in_bytes': String(3 << 20) }),
};
afterAll(() => {
  for (const group of Object.values(groups)) group?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts what it starts into the group that the configuration is named after. */
class StarvingTarget extends LocalTarget {
  override async deploy(request: DeployRequest) {
    const answer = await super.deploy(request);
    const group = groups[request.deployment.configuration.name];
    // A process that is just becoming another program shows no arguments.
    const own = await vi.waitUntil(async () => {
      const found = (await this.list(request.runId)).filter(({ name }) => name === request.name);
      return found.length > 0 && found;
    });
    for (const { id } of own) group?.add(Number(id));
    return answer;
  }
}

const inputs = Array.from({ length: 4 }, (_, i) => ({
  id: String(i),
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [64, 8], data: Array.from({ length: 512 }, (_, k) => Math.sin(i * 512 + k)) },
  ],
}));

let records: Measurement[];

beforeAll(async () => {
  const plan = emulatedPlan({
    model: { source: 'none', inputs: 'inputs.jsonl' },
    slo: { percentile: 95, latencyMs: 2000 },
    runtimes: ['free', 'quota', 'memory'].map((name) => ({ name, reference: {} })),
    load: { protocol: 'capacity', users: [1, 2], window: '3s', rounds: 2, confirm: { finalists: 1, rounds: 2 } },
  });
  const targetIn = (servers: string) =>
    new StarvingTarget({
      folder: servers,
      server: join(root, 'containers', 'server'),
      preparer: new LocalPreparer({ cache: folder, base: folder, locks: folder, scripts: folder }),
    });
  records = await realSweep(plan, folder, targetIn, { 'inputs.jsonl': inputs });
}, 240_000);

const of = (name: string) => records.find((m) => m.configuration.name === name)!;

describe('a server of the kit', () => {
  it('with a core of its own is none of it', () => {
    // A host that others use as well may hold up the generator, which is another finding.
    const found = of('free').validity.reasons.map((r) => r.code);
    expect(found.filter((code) => ['throttled', 'oom', 'wan', 'cache-hit'].includes(code))).toEqual([]);
    expect(of('free').stairs).toHaveLength(2);
  });

  it.skipIf(groups['quota'] === null)('under a processor quota is degraded', () => {
    const { status, reasons } = of('quota').validity;
    expect(reasons).toContainEqual({
      code: 'throttled',
      detail: expect.stringContaining('periods of its processor quota'),
    });
    expect(status).toBe('degraded');
  });

  it.skipIf(groups['memory'] === null)('that the kernel kills for want of memory is invalid', () => {
    const { status, reasons } = of('memory').validity;
    expect(reasons).toEqual([
      { code: 'oom', detail: expect.stringContaining('signal SIGKILL, killed by the kernel: out of memory') },
    ]);
    expect(status).toBe('invalid');
  });
});
