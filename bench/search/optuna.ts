/**
 * Optuna's tree-structured Parzen estimator over (device, settings, load), in an environment that the bench makes once.
 * T. Akiba et al., "Optuna", KDD (2019); J. Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NIPS (2011).
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Load } from '../../lib/core/search/trial.ts';
import type { Replay } from './replay.ts';
import { CheapestSoFar, type Strategy } from './strategy.ts';

const VERSION = '5.0.0';
const TRIALS = 100;
/** A broken objective is worse than any cost, and the worse the further. */
const BROKEN = 5;
const SETUP_MS = 240_000;

export interface Optuna {
  tpe: Strategy;
  close(): void;
}

/** @returns why not, where it cannot be installed. */
export function startOptuna(root: string): Optuna | { skipped: string } {
  const folder = join(root, '.cache', 'bench', `optuna-${VERSION}`);
  const python = join(folder, 'bin', 'python');
  if (!existsSync(join(folder, 'ready'))) {
    mkdirSync(folder, { recursive: true });
    const steps: [string, string[]][] = [
      ['python3', ['-m', 'venv', folder]],
      [python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `optuna==${VERSION}`]],
      ['touch', [join(folder, 'ready')]],
    ];
    for (const [command, args] of steps) {
      const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: SETUP_MS });
      if (status !== 0)
        return {
          skipped: `optuna ${VERSION} cannot be installed: ${(error?.message ?? stderr).trim().split('\n').at(-1)}`,
        };
    }
  }
  const child = spawn(python, [join(root, 'bench', 'search', 'optuna_ask.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = async (message: unknown): Promise<Record<string, string | number>> => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('optuna ended early; run `npm run bench:search -- --no-optuna` without it');
    return JSON.parse(value);
  };
  return { tpe: (replay, seed) => tpe(replay, seed, send), close: () => child.stdin.end() };
}

async function tpe(replay: Replay, seed: number, send: (message: unknown) => Promise<Record<string, string | number>>) {
  const so = new CheapestSoFar(replay);
  const all = replay.devices.flatMap((d) => d.configurations);
  const batching = all.flatMap((c) => (c.batching === null ? [] : [c.batching]));
  const values = (of: (b: (typeof batching)[number]) => number) => [...new Set(batching.map(of))].sort((a, b) => a - b);
  const [batches, instances, delays] = [
    values((b) => b.maxBatch),
    values((b) => b.instances),
    values((b) => b.delayMs),
  ];
  const loads = Math.max(...all.map((c) => replay.world.loads(c.id).length));
  const parameters = [
    { name: 'device', kind: 'choice', values: replay.devices.map((d) => d.id) },
    ...(batching.length === 0
      ? [{ name: 'which', kind: 'step', most: Math.max(...replay.devices.map((d) => d.configurations.length)) - 1 }]
      : [
          { name: 'batch', kind: 'step', most: batches.length - 1 },
          { name: 'instances', kind: 'step', most: instances.length - 1 },
          { name: 'delay', kind: 'step', most: delays.length - 1 },
        ]),
    // Rates are free between the lowest and the highest of the table; numbers of users are those of the table.
    batching.length === 0 ? { name: 'load', kind: 'step', most: loads - 1 } : { name: 'load', kind: 'share' },
  ];
  await send({ new: { seed, parameters } });
  for (let i = 0; i < TRIALS; i++) {
    const asked = await send({ ask: 1 });
    const device = replay.devices.find((d) => d.id === asked['device'])!;
    const off = ([x, y]: [number, number]) => Math.abs(Math.log((x + 1e-3) / (y + 1e-3)));
    const distance = (c: (typeof all)[number]) =>
      c.batching === null
        ? 0
        : off([c.batching.maxBatch, batches[Number(asked['batch'])]!]) * 100 +
          off([c.batching.instances, instances[Number(asked['instances'])]!]) * 10 +
          off([c.batching.delayMs, delays[Number(asked['delay'])]!]);
    const configuration =
      batching.length === 0
        ? device.configurations[Math.min(Number(asked['which']), device.configurations.length - 1)]!
        : device.configurations.reduce((a, b) => (distance(b) < distance(a) ? b : a));
    const { cost, passed, latencyMs } = so.load(
      configuration.id,
      loadAt(replay.world.loads(configuration.id), Number(asked['load'])),
    );
    const over = latencyMs === null ? BROKEN : Math.min(BROKEN, Math.log(latencyMs / replay.slo.latencyMs));
    await send({ tell: Math.log(cost) + (passed ? 0 : BROKEN + over) });
  }
  return so.track();
}

function loadAt(own: readonly Load[], asked: number): Load {
  const [first, last] = [own[0]!, own.at(-1)!];
  if (first.kind !== 'rate' || last.kind !== 'rate') return own[Math.min(asked, own.length - 1)]!;
  return { kind: 'rate', perSecond: first.perSecond * (last.perSecond / first.perSecond) ** asked };
}
