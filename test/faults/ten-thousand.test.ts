/** Ten thousand deployments: no execution near the limit of durable operations, memory flat, resume in linear time. */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { workflows } from '../../lib/engine/workflow/sweep.ts';
import { crc32 } from '../../lib/local/journal/crc32.ts';
import { type Journal, JournalError, JournalFile } from '../../lib/local/journal/journal-file.ts';
import { JournalWorkflow } from '../../lib/local/journal/journal-workflow.ts';
import { cloudPlan } from '../support/cloud-world.ts';
import { Counts } from '../support/counting-workflow.ts';
import { SlimWorld } from '../support/slim-world.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const folder = mkdtempSync(join(tmpdir(), 'ten-thousand-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The journal's format, not forced to the disk: that is measured elsewhere, and would be all that is measured here. */
class HastyJournal implements Journal {
  readonly entries = [];
  written = 0;
  private readonly fd: number;
  private waiting: string[] = [];

  constructor(file: string) {
    this.fd = openSync(file, 'w');
  }

  append(entry: Parameters<Journal['append']>[0]): void {
    const body = JSON.stringify({ seq: this.written++, ...entry });
    this.waiting.push(`${crc32(body)} ${body}\n`);
    if (this.waiting.length >= 1_000) this.flush();
  }

  private flush(): void {
    writeSync(this.fd, this.waiting.join(''));
    this.waiting = [];
  }

  close(): void {
    this.flush();
    closeSync(this.fd);
  }
}

const heap = () => {
  collect();
  return process.memoryUsage().heapUsed;
};
const now = async () => undefined;

/** The shortest load there is: it is the engine's work that counts here. */
const planOf = (deployments: number) =>
  cloudPlan(deployments, {
    load: { protocol: 'capacity', users: [1], rounds: 1, confirm: { finalists: 2, rounds: 1 } },
  });

async function sweep(deployments: number) {
  const world = new SlimWorld(planOf(deployments));
  const file = join(folder, `${deployments}.jsonl`);
  const journal = new HastyJournal(file);
  const counts = new Counts();
  const ports = world.ports();
  const registry = counts.count(workflows(ports));
  const heaps: number[] = [];
  const { append } = ports.records;
  ports.records.append = (m) => {
    // The first fifth fills what is filled once: compiled code, the plan, Node's own buffers.
    if (world.recorded % (deployments / 5) === 0 && world.recorded > 0) heaps.push(heap());
    return append(m);
  };
  const outcome = await registry['sweep']!(JournalWorkflow.root(journal, 'run-1/e1', registry, now), null);
  journal.close();
  return { world, file, counts, outcome, heaps, writes: journal.written };
}

/** Milliseconds from opening a journal that was cut off in the middle of a line to the first new entry. */
async function resumeMs(file: string, deployments: number): Promise<number> {
  truncateSync(file, Math.floor(statSync(file).size * 0.9));
  const ports = new SlimWorld(planOf(deployments)).ports();
  const registry = workflows(ports);
  const start = performance.now();
  const journal = new JournalFile(file);
  let end = Number.NaN;
  const once: Journal = {
    entries: journal.entries,
    append() {
      end = performance.now();
      throw new JournalError('far enough');
    },
  };
  await registry['sweep']!(JournalWorkflow.root(once, 'run-1/e1', registry, now), null).catch(() => undefined);
  journal.close();
  return end - start;
}

describe('ten thousand deployments', () => {
  it('stay below every limit, in flat memory, and resume in linear time', async () => {
    const small = await sweep(2_000);
    const large = await sweep(10_000);
    expect(large.outcome).toMatchObject({ state: 'done', left: [], leftCount: 0 });
    expect(large.world.recorded).toBe(10_000 + 2);
    expect(large.world.receipts).toBe(10_000 + 1);
    expect(large.world.mostAlive).toBe(4);
    expect([...large.world.alive]).toEqual([]);

    // Of 3,000 in an execution.
    expect(large.counts.executions).toBe(1 + 20 + 10_000 + 1);
    expect(Math.max(...Object.values(large.counts.most))).toBeLessThan(2_500);
    expect(large.counts.most).toMatchObject({ shard: 2 + 2 * 500 });

    const growth = ({ heaps }: typeof small) => heaps.at(-1)! / heaps[0]!;
    console.log(
      `operations ${JSON.stringify(large.counts.most)}; heap ${large.heaps.map((h) => (h / 1e6).toFixed(0))} MB, ` +
        `with 2,000 ${small.heaps.map((h) => (h / 1e6).toFixed(0))} MB; ${large.writes} journal entries`,
    );
    expect(large.heaps).toHaveLength(5);
    expect(growth(large)).toBeLessThan(1.25);
    expect(growth(large) / growth(small)).toBeLessThan(1.25);

    const ms = [await resumeMs(small.file, 2_000), await resumeMs(large.file, 10_000)] as const;
    console.log(`resumed in ${ms.map((m) => m.toFixed(0))} ms, ratio ${(ms[1] / ms[0]).toFixed(1)}`);
    expect(large.writes / small.writes).toBeCloseTo(5, 1);
    // Five times the entries: linear is 5, quadratic 25.
    expect(ms[1] / ms[0]).toBeLessThan(10);
  });
});
