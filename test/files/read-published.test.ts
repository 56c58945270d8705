import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPublished } from '../../lib/files/read-published.ts';
import { examples, publishedFile } from '../support/published.ts';

const text = readFileSync(publishedFile('neuroncore-pipeline'), 'utf8');
const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length;

function problems(changed: string): string[] {
  expect(changed).not.toBe(text);
  const read = readPublished(changed);
  return read.ok ? [] : read.issues.map((i) => `${i.line}: ${i.path.join('.')}: ${i.message}`);
}

describe('published.json', () => {
  it.each(examples)('of %s is read', (name) => {
    expect(readPublished(readFileSync(publishedFile(name), 'utf8'))).toMatchObject({ ok: true });
  });

  it('points at what is wrong', () => {
    const found = problems(text.replace('"objective": "minimize-cost"', '"objective": "cheap"'));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${lineOf('"objective"')}: objective: "cheap" is not allowed here`));
    expect(problems(text.replace('"latencyMs": 16.5', '"latencyMS": 16.5')).join('\n')).toContain(
      'unknown key "latencyMS"',
    );
  });

  it('wants a reason for every null', () => {
    expect(problems(text.replace('"latencyMs": 16.5', '"latencyMs": null'))[0]).toContain('notStated.latencyMs');
    expect(problems(text.replace(/ {4}"slo": "[^"]*",\n/, ''))[0]).toContain('notStated.slo');
  });

  it('follows its references', () => {
    expect(problems(text.replace('"against": "003-05"', '"against": "003-55"'))[0]).toContain(
      'no row has the id 003-55',
    );
    expect(problems(text.replace('"baseline": "torchscript-amp-b1"', '"baseline": "x"'))[0]).toContain('called x');
    expect(problems(text.replace('"id": "003-02"', '"id": "003-01"')).join()).toContain('003-01 stands twice');
    expect(problems(text.replace('"name": "neuron-pipeline-b1"', '"name": "neuron-dp-b1"')).join()).toContain(
      'stands twice',
    );
    expect(problems(text.replace('"row": "003-04"', '"row": "none"')).join()).toContain('no row has the id none');
  });

  it.each([
    ['', 'is not a document'],
    ['[]', 'is not a document'],
    ['{ "schema": ', ''],
    ['{ "schema": "infersweep.experiment.v1" }', 'published.v1'],
    ['{ "a": *b }', ''],
    ['x'.repeat(10_000_001), 'characters'],
  ])('refuses %j without a stack', (broken, said) => {
    const read = readPublished(broken);
    expect(read.ok ? 'ok' : read.issues.map((i) => `${i.message} ${i.allowed?.join() ?? ''}`).join()).toContain(said);
    expect(read.ok).toBe(false);
  });
});
