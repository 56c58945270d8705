/**
 * Which search finds the best configuration for the least billed time? Replays of measured and synthetic tables:
 * `npm run bench:search -- [--tables DIR] [--seeds 0-9] [--deploy 420] [--strategies ladder,…] [--no-optuna] [--json]`.
 *
 * All strategies pay for deployments, reloads and loads by the same clock and see the same noise model; prices and objective
 * of each replay are redrawn. A pick is judged by the table, never by what was measured.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exhaustive, hillClimb, random } from './baselines.ts';
import { ladder } from './ladder.ts';
import { startOptuna } from './optuna.ts';
import { Replay } from './replay.ts';
import { bestOf, type Score, type Summary, scoreOf, summarise } from './score.ts';
import type { Strategy } from './strategy.ts';
import { entries, measuredWorlds } from './tables.ts';
import { points } from './world.ts';

const { values } = parseArgs({
  options: {
    tables: { type: 'string' },
    seeds: { type: 'string', default: '0-9' },
    deploy: { type: 'string', default: '420' },
    strategies: { type: 'string', default: 'ladder,exhaustive,random,hill,tpe' },
    optuna: { type: 'boolean', default: true },
    json: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

const root = join(import.meta.dirname, '..', '..', '..');
const shared = join(root, '..', 'shared', 'data', 'replay');
const folder = values.tables ?? (existsSync(shared) ? shared : null);
const measured = measuredWorlds(folder);
const [from, to] = values.seeds.split('-').map(Number);
const seeds = Array.from({ length: (to ?? from!) - from! + 1 }, (_, i) => from! + i);
const notes: string[] = [];
if (measured.length === 0) notes.push(`no measured tables in ${folder ?? shared}: synthetic ones only (--tables DIR)`);

const strategies = new Map<string, Strategy>();
const known: Record<string, Strategy> = { ladder, exhaustive, random, hill: hillClimb };
let close = () => {};
for (const name of values.strategies.split(',')) {
  if (name === 'tpe') {
    const optuna = values.optuna ? startOptuna(root) : { skipped: 'optuna was switched off' };
    if ('skipped' in optuna) notes.push(`tpe skipped: ${optuna.skipped}`);
    else {
      strategies.set('tpe', optuna.tpe);
      close = optuna.close;
    }
  } else if (known[name]) strategies.set(name, known[name]);
  else throw new Error(`--strategies ${name} is not known; give some of ${Object.keys(known).join(', ')}, tpe`);
}

const scores = new Map<string, Score[]>();
let unsolvable = 0;
for (const { world, seed } of entries(measured, seeds)) {
  for (const deploySeconds of values.deploy.split(',').map(Number)) {
    const best = bestOf(new Replay(world, seed, deploySeconds));
    if (best === null) unsolvable++;
    for (const [name, strategy] of best === null ? [] : strategies) {
      const replay = new Replay(world, seed, deploySeconds);
      const start = process.cpuUsage();
      const track = await strategy(replay, seed);
      const { user, system } = process.cpuUsage(start);
      const score = scoreOf(replay, best!, track, {
        seed,
        points: points(world),
        milliseconds: (user + system) / 1000,
      });
      for (const group of [world.family, ...(measured.includes(world) ? [world.name] : [])]) {
        const key = JSON.stringify([group, deploySeconds, name]);
        scores.set(key, [...(scores.get(key) ?? []), score]);
      }
    }
  }
}
close();
if (unsolvable > 0) notes.push(`${unsolvable} replays left out: no configuration keeps 95 % of the redrawn objective`);

const rows = [...scores].map(([key, list]) => {
  const [group, , name] = JSON.parse(key) as [string, number, string];
  return summarise(group, name, list);
});
const goal = (r: Summary) => r.within2 >= 0.95 && r.violating < 0.01 && r.billedInside >= 0.95;
if (values.json)
  console.log(
    JSON.stringify(
      { node: process.version, seeds: values.seeds, notes, rows: rows.map((r) => ({ ...r, met: goal(r) })) },
      null,
      2,
    ),
  );
else {
  for (const note of notes) console.log(note);
  console.log(
    'table · deploy s · strategy · replays · within 2 % · 5 % · 2 % of the provable · violating · regret p90 · billed median s · of exhaustive median (p90) · bill inside goal · stable 5 % s · CPU ms',
  );
  const percent = (x: number) => (Number.isFinite(x) ? `${(100 * x).toFixed(1)} %` : 'never');
  for (const r of rows) {
    const stable = Number.isFinite(r.stableMedianS) ? r.stableMedianS.toFixed(0) : 'never';
    const cells = [
      r.family,
      r.deploySeconds,
      r.strategy,
      r.replays,
      percent(r.within2),
      percent(r.within5),
      percent(r.within2Provable),
      percent(r.violating),
      percent(r.regretP90),
      r.billedMedianS.toFixed(0),
      `${percent(r.billedShareMedian)} (${percent(r.billedShareP90)})`,
      percent(r.billedInside),
      stable,
      r.millisecondsMedian.toFixed(0),
    ];
    console.log(cells.join(' · '));
  }
}
const missed = rows.filter((r) => r.strategy === 'ladder' && !goal(r));
process.exitCode = missed.length === 0 ? 0 : 1;
