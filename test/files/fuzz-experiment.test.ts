import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planExperiment } from '../../lib/core/plan/plan-experiment.ts';
import { formatIssue } from '../../lib/files/format-issues.ts';
import { type LocatedIssue, readExperiment } from '../../lib/files/read-experiment.ts';
import { sha256 } from '../support/experiments.ts';

const seeds = [
  readFileSync('examples/quickstart/experiment.yaml', 'utf8'),
  readFileSync('examples/sentence-encoder/experiment.yaml', 'utf8'),
  `schema: infersweep.experiment.v1
name: cloud
aws: { region: us-east-1 }
model: { source: s3://bucket/bert/, inputs: inputs.jsonl }
slo: { percentile: 99.9, latencyMs: 500, maxErrorRate: 0.01 }
demand: { requestsPerMinute: 30000, low: 3000, peak: 45000 }
budget: { usd: 13.6, hours: 2.4 }
targets:
  - sagemaker: { instanceTypes: [ml.g4dn.xlarge, ml.g5.xlarge] }
  - ec2: { instanceTypes: [inf1.xlarge, c7g.4xlarge], purchase: on-demand }
runtimes:
  - triton: { backend: tensorrt, precision: fp16, maxBatchSize: 16, dynamicBatching: [false, {}] }
  - name: chips
    neuron: { mode: [data-parallel, pipeline], batch: [1, 6] }
  - torch: { precision: bf16 }
load: { protocol: stairs, rate: [1, 2.5], arrivals: constant, duration: 2m, warmup: 20s, confirm: { finalists: 2 } }
prices: [{ instanceType: inf1.xlarge, usdPerHour: 0.3, source: me, date: 2026-01-01 }]
tags: { team: a }
baseline: chips-pipeline-batch1
`,
];
const weird = [
  '.nan',
  '.inf',
  '-.inf',
  '1e999',
  '-0',
  '0x1F',
  '1_000',
  '99999999999999999999999',
  '-1',
  '1e-320',
  'null',
  '~',
  'true',
  'yes',
  '""',
  "''",
  '[]',
  '{}',
  '[[[]]]',
  '{a: {b: {c: 1}}}',
  '&x',
  '*x',
  '!!binary AAAA',
  '!!set {a}',
  '!!js/function x',
  '!x y',
  '<<',
  '---',
  '...',
  '? ',
  ': ',
  '- ',
  '|',
  '>',
  '%YAML 1.1',
  '#',
  '@',
  '`',
  '\t',
  '\0',
  '\u2028',
  '\u{1F600}',
  '\uD800',
  'é',
  '\uFEFF',
  '"\\x00"',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '2001-01-01',
  '12:30:45',
  'x'.repeat(5000),
  '9'.repeat(400),
  '['.repeat(200),
  '{a: '.repeat(100),
  '20s',
  '1h',
  'all',
  'auto',
];

type Mutation = (text: string) => string;
// Whole numbers without bias: doubles in fast-check crowd at 0, which would mutate only the first line.
const position = fc.noBias(fc.nat(999_999)).map((n) => n / 1_000_000);
const index = (text: string, at: number) => Math.floor(at * (text.length + 1));
const lineAt = (text: string, at: number) => Math.floor(at * text.split('\n').length);
const onLines =
  (change: (lines: string[]) => void): Mutation =>
  (text) => {
    const lines = text.split('\n');
    change(lines);
    return lines.join('\n');
  };
const splice =
  (at: number, remove: number, insert: string): Mutation =>
  (text) =>
    text.slice(0, index(text, at)) + insert + text.slice(index(text, at) + remove);

/** A number becomes another sensible one: too many cores, too small a budget. */
const otherNumber: fc.Arbitrary<Mutation> = fc
  .tuple(position, fc.constantFrom(0.001, 0.5, 1, 2, 3, 7, 16, 100, 9999))
  .map(([at, number]) => (text: string) => {
    const numbers = [...text.matchAll(/(?<=[:[,] ?)\d+(\.\d+)?(?=[,\]} \n])/g)];
    const found = numbers[Math.floor(at * numbers.length)];
    return found ? text.slice(0, found.index) + number + text.slice(found.index + found[0].length) : text;
  });

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 3, arbitrary: otherNumber },
  fc.tuple(position, fc.integer({ min: 1, max: 12 })).map(([at, n]) => splice(at, n, '')),
  fc.tuple(position, fc.constantFrom(...weird)).map(([at, word]) => splice(at, 0, word)),
  fc
    .tuple(position, fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }))
    .map(([at, text]) => splice(at, text.length, text)),
  position.map((at) => (text: string) => onLines((lines) => void lines.splice(lineAt(text, at), 1))(text)),
  position.map(
    (at) => (text: string) =>
      onLines((lines) => void lines.splice(lineAt(text, at), 0, lines[lineAt(text, at)]!))(text),
  ),
  fc.tuple(position, position).map(
    ([a, b]) =>
      (text: string) =>
        onLines((lines) => {
          const [i, k] = [lineAt(text, a), lineAt(text, b)];
          [lines[i], lines[k]] = [lines[k]!, lines[i]!];
        })(text),
  ),
  // A whole value becomes something else: the text stays YAML, so that these reach the schema and the plan.
  fc.tuple(position, fc.constantFrom(...weird)).map(([at, word]) => (text: string) => {
    const values = [...text.matchAll(/: ?([^,{}[\]\n]+)/g)];
    const found = values[Math.floor(at * values.length)];
    return found ? `${text.slice(0, found.index)}: ${word}${text.slice(found.index + found[0].length)}` : text;
  }),
  // Two words of the text change places.
  fc.tuple(position, position).map(([a, b]) => (text: string) => {
    const words = [...text.matchAll(/[\w.-]+/g)];
    const [one, two] = [words[Math.floor(a * words.length)], words[Math.floor(b * words.length)]];
    if (!one || !two || one.index >= two.index) return text;
    return (
      text.slice(0, one.index) +
      two[0] +
      text.slice(one.index + one[0].length, two.index) +
      one[0] +
      text.slice(two.index + two[0].length)
    );
  }),
);

function expectInside(issues: readonly LocatedIssue[], text: string): void {
  // YAML counts \r\n as one break, and no other character of Unicode as one.
  const lines = text.split('\n');
  expect(issues.length).toBeGreaterThan(0);
  for (const { line, column, message } of issues) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1);
    expect(message.length).toBeGreaterThan(0);
    expect(message).not.toMatch(/ {4}at |undefined|\[object/);
  }
}

describe('a mutated experiment', () => {
  it('is planned, refused, or explained with a place in the file; never a stack trace', () => {
    const outcomes = { planned: 0, refused: 0, invalid: 0, unreadable: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 8 }),
        (seed, mutations, localCores) => {
          const text = mutations.reduce((current, mutate) => mutate(current), seed);
          const read = readExperiment(text);
          if (!read.ok) {
            outcomes.unreadable++;
            expectInside(read.issues, text);
            for (const found of read.issues) expect(formatIssue(found, 'f.yaml')).toContain('f.yaml:');
            return;
          }
          const facts = { localCores, modelIsFolder: read.experiment.model.source.includes('MiniLM') };
          const answer = planExperiment({ experiment: read.experiment, sha256, kitVersion: '0', facts });
          if (answer.ok) outcomes.planned++;
          else if (answer.kind === 'refused') outcomes.refused++;
          else {
            outcomes.invalid++;
            expectInside(read.locate(answer.issues), text);
          }
        },
      ),
      { numRuns: 3000 },
    );
    // The mutations must reach every way out, or they test nothing.
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(5);
  }, 120_000);
});
