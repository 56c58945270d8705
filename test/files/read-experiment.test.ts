import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PlanFacts } from '../../lib/core/plan/facts.ts';
import { planExperiment } from '../../lib/core/plan/plan-experiment.ts';
import type { Experiment } from '../../lib/core/spec/experiment.ts';
import { pathText } from '../../lib/core/spec/issue.ts';
import { formatIssue } from '../../lib/files/format-issues.ts';
import { readExperiment } from '../../lib/files/read-experiment.ts';
import { localExperiment, sha256 } from '../support/experiments.ts';

const good = `schema: infersweep.experiment.v1
name: small
model: { source: model.onnx, inputs: inputs.jsonl }
slo: { percentile: 95, latencyMs: 50 }
targets:
  - local: { cores: 1 }
runtimes:
  - onnxruntime: {}
`;
const issuesOf = (text: string) => {
  const answer = readExperiment(text);
  return answer.ok ? [] : answer.issues;
};
const at = (text: string) =>
  issuesOf(text).map(({ line, column, path, message }) => `${line}:${column} ${pathText(path)}|${message}`);

function planNames(experiment: Experiment, facts: PlanFacts): string[] {
  const answer = planExperiment({ experiment, sha256, kitVersion: '0', facts });
  return answer.ok ? answer.plan.deployments.map(({ configuration }) => configuration.name) : [];
}

describe('readExperiment', () => {
  it('reads YAML and hashes the text', () => {
    const answer = readExperiment(good);
    expect(answer).toMatchObject({ ok: true, textSha256: sha256(good), experiment: { name: 'small' } });
  });

  it.each([2, '\t'])('reads JSON indented by %j', (indent) => {
    expect(readExperiment(JSON.stringify(localExperiment(), null, indent)).ok).toBe(true);
  });

  it('reads a byte order mark, Windows line ends, comments, and anchors', () => {
    expect(readExperiment(`\uFEFF${good}`).ok).toBe(true);
    expect(readExperiment(good.replaceAll('\n', '\r\n')).ok).toBe(true);
    expect(
      readExperiment(good.replace('{}', '{ threads: &n 1, spin: true }\n  - torch: { threads: *n } # same')).ok,
    ).toBe(true);
  });

  it.each([
    ['an unknown key', good.replace('name:', 'nmae:'), '2:1 nmae|unknown key "nmae"'],
    ['a missing key at its map', good.replace('name: small\n', ''), '1:1 name|is required'],
    ['a missing key inside', good.replace('source: model.onnx, ', ''), '3:8 model.source|is required'],
    ['a wrong value', good.replace('95', '96'), '4:20 slo.percentile|96 is not allowed here'],
    ['NaN', good.replace('50', '.nan'), '4:35 slo.latencyMs|must be a finite number, not NaN'],
    ['infinity', good.replace('50', '-.inf'), '4:35 slo.latencyMs|must be a finite number, not -Infinity'],
    [
      'a number too large to be one',
      good.replace('50', '1e999'),
      '4:35 slo.latencyMs|must be a finite number, not Infinity',
    ],
    [
      'an entry of a list',
      good.replace('local: { cores: 1 }', 'lcoal: {}'),
      '6:5 targets[0].lcoal|unknown key "lcoal"',
    ],
    ['a key without value', good.replace('small', ''), '2:7 name|nothing is not allowed here'],
    [
      'behind an alias, where it was written',
      good.replace('95', '&p 96').replace('50', '*p'),
      '4:23 slo.percentile|96 is not allowed here',
    ],
    [
      'a merge key, which YAML 1.2 has not',
      good.replace('{}', '\n      <<: { threads: 1 }'),
      '9:7 runtimes[0].onnxruntime.<<|unknown key "<<"',
    ],
    ['a prototype', `${good}__proto__: { safety: 1 }\n`, '9:1 __proto__|unknown key "__proto__"'],
    ['a duplicate key', `${good}name: again\n`, '9:1 |this key stands twice in its map'],
    ['two documents', `${good}---\n${good}`, '9:1 |a file holds one experiment: remove everything from this `---` on'],
    ['an empty file', '', '1:1 |this file holds no experiment'],
    ['only a comment', '# nothing\n', '1:1 |this file holds no experiment'],
    ['a list', '\n- a\n', '2:1 |an experiment is a map of keys, not a list or a single value'],
    ['a word', 'hello', '1:1 |an experiment is a map of keys, not a list or a single value'],
    ['a tag of its own', good.replace('small', '!secret small'), '2:7 |Unresolved tag: !secret'],
    ['an alias without anchor', good.replace('small', '*none'), '2:7 |no anchor &none stands before this alias'],
    ['a key that is a list', `${good}? [a]\n: 1\n`, '9:3 |With stringKeys, all keys must be strings'],
    ['a key that is a number', `${good}1: 2\n`, '9:1 1|unknown key "1"'],
  ])('points at %s', (_, text, expected) => {
    expect(at(text)).toContain(expected);
  });

  it.each([
    ['an unclosed quote', `${good}description: "x\n`],
    ['tabs for indentation', good.replace('  - local', '\t- local')],
    ['an unclosed bracket', `${good}tags: {a: b\n`],
  ])('points at %s inside the file', (_, text) => {
    const [first] = issuesOf(text);
    expect(first!.line).toBeLessThanOrEqual(text.split('\n').length);
    expect(first!.message).not.toMatch(/\n|at line/);
  });

  it('survives bombs', () => {
    const lol = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ].join('\n');
    expect(issuesOf(lol)[0]!.message).toMatch(/alias/i);
    expect(issuesOf(`a: ${'['.repeat(50_000)}`)[0]!.message).toBe('nested too deeply');
    expect(issuesOf(`a: ${'['.repeat(70)}${']'.repeat(70)}`)[0]!.message).toContain('nested deeper than 64');
    expect(issuesOf(`a: &a 1\nb: [${Array(200).fill('*a').join(',')}]`)[0]!.message).toContain('100 aliases');
    expect(issuesOf(`a: &a [*a]\n${good}`).length).toBeGreaterThan(0);
    expect(issuesOf('x'.repeat(1_000_001))[0]!.message).toContain('1000001 characters');
  });

  it('reports no more than fifty issues, in the order of the file', () => {
    const found = issuesOf(good + Array.from({ length: 80 }, (_, i) => `k${i}: 1\n`).join(''));
    expect(found).toHaveLength(50);
    const lines = found.map(({ line }) => line);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(issuesOf('"'.repeat(500)).length).toBeLessThanOrEqual(50);
  });

  it('locates what only planning finds', () => {
    const answer = readExperiment(good);
    if (!answer.ok) throw new Error('wrong');
    const issue = {
      path: ['targets', 0, 'local'],
      message: 'm',
      allowed: null,
      suggestion: null,
      at: 'value' as const,
    };
    expect(answer.locate([issue])[0]).toMatchObject({ line: 6, column: 12 });
  });
});

describe('printed issues', () => {
  const printed = (text: string) => issuesOf(text).map((found) => formatIssue(found, 'e.yaml'));

  it('say where, what, and what would be right', () => {
    expect(printed(good.replace('onnxruntime', 'onnxruntim').replace('95', '96')).join('\n')).toBe(
      `e.yaml:4:20: slo.percentile: 96 is not allowed here
  allowed: 50, 90, 95, 99, 99.9
e.yaml:8:5: runtimes[0].onnxruntim: unknown key "onnxruntim"
  did you mean: onnxruntime
  allowed: name, reference, emulated, onnxruntime, torch, transformers, triton, neuron`,
    );
    expect(printed('')[0]).toContain('e.yaml:1:1: this file holds no experiment');
  });

  it('cut long lists', () => {
    const allowed = Array.from({ length: 100 }, (_, i) => `t${i}`);
    const found = { path: ['a'], message: 'm', allowed, suggestion: null, at: 'value' as const, line: 1, column: 2 };
    expect(formatIssue(found, 'f')).toMatch(/t11, … \(100 in all\)$/);
    expect(formatIssue({ ...found, allowed: [] }, 'f')).toBe('f:1:2: a: m');
  });
});

describe('examples', () => {
  it.each([
    [
      'quickstart',
      { localCores: 2, modelIsFolder: false },
      [
        'onnxruntime-unbatched-pooled',
        'onnxruntime-unbatched-all',
        'onnxruntime-batched-pooled',
        'onnxruntime-batched-all',
      ],
    ],
    ['sentence-encoder', { localCores: 2, modelIsFolder: true }, ['onnxruntime', 'torch-eager', 'torch-torchscript']],
  ])('%s can be planned', (name, facts, names) => {
    const answer = readExperiment(readFileSync(`examples/${name}/experiment.yaml`, 'utf8'));
    if (!answer.ok) throw new Error(answer.issues.map((found) => formatIssue(found, name)).join('\n'));
    expect(answer.experiment.name).toBe(name);
    expect(names).toEqual(planNames(answer.experiment, facts));
  });
});
