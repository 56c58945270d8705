/** Wrong experiments through the real command line: where, what, what is allowed, what next; exit 2; never a stack. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { kit, root } from '../support/cli.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'spec-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
for (const name of ['inputs.jsonl', 'golden.jsonl', 'encoder.onnx']) {
  copyFileSync(join(root, 'examples', 'quickstart', name), join(cwd, name));
}
writeFileSync(join(cwd, 'wrong.csv'), 'minute,requests\n0,1200\n1,many\n');
const good = readFileSync(join(root, 'examples', 'quickstart', 'experiment.yaml'), 'utf8');
const file = 'experiment.yaml';

async function plan(text: string) {
  writeFileSync(join(cwd, file), text);
  return kit(['plan', file], { cwd });
}

/** The example with one line changed; the change must apply. */
function changed(from: string | RegExp, to: string): string {
  const text = good.replace(from, to);
  expect(text).not.toBe(good);
  return text;
}

describe('a wrong experiment', () => {
  it.each([
    ['a misspelt key', () => changed('model:', 'modle:'), [/:\d+:\d+: .*modle/, /did you mean: model/]],
    ['a wrong type', () => changed(/latencyMs: \d+/, 'latencyMs: soon'), [/:\d+:\d+: slo\.latencyMs/, /number/]],
    ['a duplicate key', () => `${good}\nname: again\n`, [/:\d+:1: this key stands twice/]],
    ['NaN', () => changed(/latencyMs: \d+/, 'latencyMs: .nan'), [/:\d+:\d+: slo\.latencyMs/]],
    [
      'a future schema',
      () => changed(/^schema: infersweep.experiment.v1/m, 'schema: infersweep.experiment.v2'),
      [/infersweep\.experiment\.v1, not infersweep\.experiment\.v2/],
    ],
    [
      'a wrong word',
      () => changed('capacity', 'capacitty'),
      [/did you mean: capacity/, /allowed: capacity, closed, stairs/],
    ],
    [
      'an impossible combination',
      () => changed(/- onnxruntime:[^\n]*(\n {6,}[^\n]*)*/, '- triton: { backend: tensorrt }'),
      [/:\d+:\d+: /, /local/],
    ],
    [
      'an alias bomb',
      () =>
        `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replace(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      [/:\d+:\d+: /],
    ],
    ['a missing model', () => changed('encoder.onnx', 'absent.onnx'), [/model\.source: .*does not exist/]],
    [
      'a trace that is not there',
      () => changed(/^load: .*$/m, 'load: { protocol: trace, trace: absent.csv }'),
      [/load\.trace: .*absent\.csv does not exist; it holds minute,requests/],
    ],
    [
      'a broken trace',
      () => changed(/^load: .*$/m, 'load:\n  protocol: trace\n  trace:\n    file: wrong.csv'),
      [/:\d+:11: load\.trace\.file: wrong\.csv:3:3: requests is "many"/],
    ],
    [
      'a broken trace for a demand',
      () => `${good}\ndemand: { trace: wrong.csv }\n`,
      [/demand\.trace: wrong\.csv:3:3: requests is "many", must be a number/],
    ],
    [
      'a ramp that takes days',
      () => changed(/^load: .*$/m, 'load: { protocol: ramp, ramp: { initialRate: 1, finalRate: 2, duration: 30h } }'),
      [/load\.ramp\.duration: must not be longer than 24h/],
    ],
    [
      'a step of too much',
      () =>
        changed(
          /^load: .*$/m,
          'load: { protocol: step, step: { initialRate: 9, addedRate: 9e5, steps: 5, every: 1m } }',
        ),
      [/load\.step\.addedRate: makes up to 3600009 requests per second; the limit is 1000000/],
    ],
    [
      'keys of another protocol',
      () => changed(/^load: .*$/m, 'load: { protocol: ramp, users: 4 }'),
      [
        /load\.users: protocol ramp does not use users/,
        /allowed: ramp, arrivals/,
        /load\.ramp: protocol ramp needs ramp/,
      ],
    ],
    ['a missing input file', () => changed('inputs.jsonl', 'absent.jsonl'), [/model\.inputs: .*does not exist/]],
  ])('with %s says where, what and what next', async (_what, text, said) => {
    const { code, stdout, stderr } = await plan(text());
    expect(code, stderr).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/experiment\.yaml:\d+:\d+: /);
    for (const pattern of said) expect(stderr).toMatch(pattern);
    expect(stderr).toMatch(/^next: .* validate experiment\.yaml$/m);
    expect(stderr).not.toMatch(/\n {4}at |internal error/);
  });

  it('of a million cells is refused as fast as a small one is planned, in flat memory', () => {
    const axis = (n: number) => `[${Array.from({ length: n }, (_, i) => i + 1).join(', ')}]`;
    const million = `schema: infersweep.experiment.v1
name: huge
model: { source: encoder.onnx, inputs: inputs.jsonl }
slo: { percentile: 95, latencyMs: 50 }
targets: [{ local: { cores: 1 } }]
runtimes: [{ emulated: { fixedMs: ${axis(1000)}, perItemMs: ${axis(1000)} } }]
`;
    const measure = (text: string) => {
      writeFileSync(join(cwd, file), text);
      const script = `import { main } from ${JSON.stringify(join(root, 'dist/lib/cli/program.js'))};
        import { compose } from ${JSON.stringify(join(root, 'dist/bin/compose.js'))};
        const started = process.cpuUsage();
        const code = await main('0.0.0', async () => compose('0.0.0'), ['plan', '${file}']);
        const used = process.cpuUsage(started);
        console.log('MEASURED', JSON.stringify({ code, cpuMs: (used.user + used.system) / 1000, rssMib: process.resourceUsage().maxRSS / 1024 }));`;
      const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        cwd,
        encoding: 'utf8',
      });
      const found = /MEASURED (.*)/.exec(stdout);
      expect(found, stderr).not.toBeNull();
      return { ...(JSON.parse(found![1]!) as { code: number; cpuMs: number; rssMib: number }), stderr };
    };
    const small = measure(good);
    const huge = measure(million);
    expect(small.code).toBe(0);
    expect(huge.code).toBe(2);
    expect(huge.stderr).toMatch(/1,?000,?000/);
    console.log(
      `plan: 4 cells ${small.cpuMs.toFixed(0)} ms CPU, 10^6 cells ${huge.cpuMs.toFixed(0)} ms CPU; RSS ${small.rssMib.toFixed(0)} and ${huge.rssMib.toFixed(0)} MiB`,
    );
    // It still has to parse two thousand numbers.
    expect(huge.cpuMs).toBeLessThan(3 * small.cpuMs);
    // Flat: a million expanded cells would take hundreds of MiB.
    expect(huge.rssMib).toBeLessThan(1.5 * small.rssMib);
  });

  it('mutated at random never shows a stack trace (20 by the command line)', async () => {
    const mutations = fc.sample(
      fc.record({
        at: fc.nat(good.length - 1),
        remove: fc.nat(12),
        insert: fc.constantFrom('', '\t', ': ', '[', '{', '&a ', '*a', '1e999', '- ', '"', '\u0000', '🙂'),
      }),
      { numRuns: 20, seed: 11 },
    );
    for (const { at, remove, insert } of mutations) {
      const text = good.slice(0, at) + insert + good.slice(at + remove);
      const { code, stderr } = await plan(text);
      expect([0, 2, 3], `${JSON.stringify({ at, remove, insert })}\n${stderr}`).toContain(code);
      expect(stderr).not.toMatch(/\n {4}at |internal error/);
    }
  });
});
