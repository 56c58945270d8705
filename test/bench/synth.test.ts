/** The bare app that the kit's synth is measured against: nothing is proved by a smaller one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { timedSynth } from '../../bench/synth/timed-synth.ts';
import type { Template } from '../../lib/core/cost/template.ts';

const folder = mkdtempSync(join(tmpdir(), 'infersweep-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function templatesOf(out: string): Pick<Template, 'Resources' | 'Parameters' | 'Conditions'>[] {
  return readdirSync(out)
    .filter((name) => name.endsWith('.template.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(out, name), 'utf8')) as Template)
    .map(({ Resources, Parameters, Conditions }) => ({ Resources: bare(Resources!), Parameters, Conditions }));
}

/** As declared: without what CDK and the kit note beside. */
function bare(resources: NonNullable<Template['Resources']>) {
  return Object.fromEntries(Object.entries(resources).map(([id, { Type, Properties }]) => [id, { Type, Properties }]));
}

it('has the same resources', () => {
  const [kit, other] = [join(folder, 'kit'), join(folder, 'bare')];
  const cost = timedSynth('bin/app.js', [], false, kit);
  timedSynth('bench/synth/bare-app.js', [kit], false, other);
  expect(cost.cpuMs).toBeGreaterThan(0);
  const made = templatesOf(kit);
  expect(made.flatMap(({ Resources }) => Object.keys(Resources!)).length).toBeGreaterThan(5);
  const parameters = ({ Parameters }: Pick<Template, 'Parameters'>) => Object.keys(Parameters!);
  expect(templatesOf(other).map(({ Resources }) => Resources)).toEqual(made.map(({ Resources }) => Resources));
  expect(templatesOf(other).map(parameters)).toEqual(made.map(parameters));
});

it('fails loudly when a synth fails', () => {
  expect(() => timedSynth('bench/synth/bare-app.js', [join(folder, 'nowhere')], false)).toThrow(
    /ended with 1:[\s\S]*ENOENT/,
  );
});
