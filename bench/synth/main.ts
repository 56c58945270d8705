/**
 * What the kit adds to a synth: its app against a bare one with the same resources, validation off and on, in turns; and
 * whether the time stays linear in the number of stacks. `npm run bench:synth -- [--json] [--rounds N]`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../../lib/core/measure/median.ts';
import { type Cost, timedSynth } from './timed-synth.ts';

/** At most this many times the bare app. */
const TARGET = 2;
const STACKS = [1, 12, 24];
/** Two dozen stacks may cost this many times what one and a dozen foretell. */
const LINEAR = 1.2;

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds} is not a whole number from 1`);

const templates = mkdtempSync(join(tmpdir(), 'infersweep-bench-templates-'));
timedSynth('bin/app.js', [], false, templates);

type Figure = { min: number; median: number };
const figure = (numbers: number[]): Figure => ({ min: round(Math.min(...numbers)), median: round(median(numbers)!) });
const round = (n: number) => Math.round(n * 100) / 100;
const costs = (list: Cost[]) => ({
  cpuMs: figure(list.map((c) => c.cpuMs)),
  wallMs: figure(list.map((c) => c.wallMs)),
});

/** Takes turns, so that a busy minute of the machine falls on both. */
function inTurns(times: number, ...runs: (() => Cost)[]): Cost[][] {
  const taken = runs.map((): Cost[] => []);
  for (let i = 0; i < times; i++) for (const [j, run] of runs.entries()) taken[j]!.push(run());
  return taken;
}

function against(validation: boolean) {
  const [kit, bare] = inTurns(
    rounds,
    () => timedSynth('bin/app.js', [], validation),
    () => timedSynth('bench/synth/bare-app.js', [templates], validation),
  ).map(costs) as [ReturnType<typeof costs>, ReturnType<typeof costs>];
  const ratio = (unit: 'cpuMs' | 'wallMs') => ({
    min: round(kit[unit].min / bare[unit].min),
    median: round(kit[unit].median / bare[unit].median),
  });
  return { kit, bare, ratio: { cpu: ratio('cpuMs'), wall: ratio('wallMs') } };
}

function linear(validation: boolean) {
  // Validated, two dozen stacks take long; their difference is large against the noise.
  const times = validation ? Math.min(rounds, 2) : rounds;
  const runs = STACKS.map((n) => () => timedSynth('bench/synth/many-stacks.js', [`${n}`], validation));
  const taken = inTurns(times, ...runs);
  const minima = taken.map((list) => Math.min(...list.map((c) => c.cpuMs)));
  const [one, dozen, two] = minima as [number, number, number];
  const perStackMs = (dozen - one) / (STACKS[1]! - STACKS[0]!);
  return {
    cpuMs: Object.fromEntries(STACKS.map((n, i) => [n, round(minima[i]!)])),
    perStackMs: round(perStackMs),
    overLinear: round(two / (one + perStackMs * (STACKS[2]! - STACKS[0]!))),
  };
}

try {
  const sides = [false, true].map((validation) => ({ ...against(validation), linear: linear(validation) }));
  const met = sides.every((side) => side.ratio.cpu.min <= TARGET && side.linear.overLinear <= LINEAR);
  const [off, on] = sides;
  if (values.json)
    console.log(JSON.stringify({ node: process.version, rounds, target: TARGET, off, on, met }, null, 2));
  else {
    for (const [i, { kit, bare, ratio, linear }] of sides.entries()) {
      const { cpuMs, perStackMs, overLinear } = linear;
      console.log(
        `validation ${i === 0 ? 'off' : 'on'}: kit ${kit.cpuMs.min} ms of CPU (median ${kit.cpuMs.median}), bare ${bare.cpuMs.min} (${bare.cpuMs.median}): ` +
          `${ratio.cpu.min} x (median ${ratio.cpu.median}); wall ${ratio.wall.min} x (median ${ratio.wall.median})`,
      );
      console.log(
        `  stacks ${Object.entries(cpuMs)
          .map(([n, ms]) => `${n}: ${ms} ms`)
          .join(', ')}; ${perStackMs} ms for each further one; ${STACKS[2]} are ${overLinear} x of what that foretells`,
      );
    }
    console.log(`target ${TARGET} x: ${met ? 'met' : 'missed'} (Node ${process.version}, ${rounds} rounds)`);
  }
  process.exitCode = met ? 0 : 1;
} finally {
  rmSync(templates, { recursive: true, force: true });
}
