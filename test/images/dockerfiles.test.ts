/** What every Dockerfile keeps to, read as text: the real builds are in `*.images.ts`. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobImageOf } from '../../lib/core/plan/preparation-job.ts';
import { preparationKinds } from '../../lib/core/plan/preparation-kind.ts';
import { readImagesLock } from '../../lib/files/read-images-lock.ts';

const containers = join(import.meta.dirname, '..', '..', 'containers');
const lock = readImagesLock(containers);
const SUFFIX = '.Dockerfile';
const names = readdirSync(join(containers, 'images'))
  .filter((f) => f.endsWith(SUFFIX))
  .map((f) => f.slice(0, -SUFFIX.length));

interface Instruction {
  word: string;
  rest: string;
}

/** Instructions with their continuation lines joined and comments left out. */
function instructions(text: string): Instruction[] {
  return text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const [, word, rest] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
      return word === undefined ? [] : [{ word, rest: rest! }];
    });
}

/** Every rule that a Dockerfile breaks. */
function broken(text: string): string[] {
  const all = instructions(text);
  const of = (word: string) => all.filter((i) => i.word === word).map((i) => i.rest);
  const rules: [string, boolean][] = [
    [
      'builds upon BASE, which has no default',
      all[0]?.rest === 'BASE' && /^\$\{BASE\}$/.test(all[1]?.rest ?? '') && of('FROM').length === 1,
    ],
    [
      'has one ENTRYPOINT in exec form, and it comes last',
      isExec(of('ENTRYPOINT')) && all.at(-1)?.word === 'ENTRYPOINT',
    ],
    ['has no CMD', of('CMD').length === 0],
    [
      'runs as a user that is not root unless told',
      /^\$\{RUN_AS\}$/.test(of('USER').at(-1) ?? '') && of('ARG').includes('RUN_AS=1000'),
    ],
    // ECS reads the one of its task definition, SageMaker asks /ping.
    ['has no HEALTHCHECK', of('HEALTHCHECK').length === 0],
    ['adds no file from an address', of('ADD').length === 0],
    ['holds no weights', !/\.(onnx|pt|plan|safetensors|bin)\b/.test(text)],
    [
      'installs Python packages from a lock with hashes',
      of('RUN')
        .flatMap((r) => r.split('&&'))
        .every((r) => !/pip install/.test(r) || /--require-hashes|torchbench/.test(r)),
    ],
    ['has no init that would swallow SIGTERM', !/\btini\b|dumb-init/.test(text)],
  ];
  return rules.flatMap(([rule, holds]) => (holds ? [] : [rule]));
}

function isExec(entrypoints: string[]): boolean {
  if (entrypoints.length !== 1) return false;
  try {
    return (JSON.parse(entrypoints[0]!) as unknown[]).every((part) => typeof part === 'string');
  } catch {
    return false;
  }
}

const read = (name: string) => readFileSync(join(containers, 'images', name + SUFFIX), 'utf8');

describe('Dockerfiles', () => {
  it('are those that the lock has a base for, each for at least one architecture', () => {
    expect([...new Set(lock.images.flatMap((i) => Object.keys(i.builds)))].sort()).toEqual([...names].sort());
  });

  it.each(names)('%s keeps to the rules', (name) => {
    expect(broken(read(name))).toEqual([]);
  });

  it.each(names)('%s copies only what is there', (name) => {
    const copied = instructions(read(name)).filter((i) => i.word === 'COPY' && !i.rest.includes('loadgen/app'));
    for (const { rest } of copied) {
      const from = rest.split(/\s+/)[0]!.replace(/\$\{ENVIRONMENT\}/, 'onnxruntime-text');
      expect(statSync(join(containers, from), { throwIfNoEntry: false }), from).toBeDefined();
    }
  });

  it('of the servers end alike', () => {
    const tails = names
      .filter((n) => n !== 'loadgen' && n !== 'torchbench')
      .map((n) => read(n).slice(read(n).indexOf('# SageMaker runs')));
    expect(new Set(tails).size).toBe(1);
    expect(tails[0]).toContain('ENTRYPOINT ["/opt/kit/serve"]');
  });

  it('hold the scripts of the preparations that are made in them', () => {
    const images = new Set(preparationKinds.flatMap((kind) => jobImageOf(kind) ?? []));
    expect([...images].sort()).toEqual(['gpu', 'neuron', 'triton']);
    for (const image of images) expect(read(image)).toContain('COPY prepare/ /opt/kit/prepare/');
  });

  it.each([
    [(t: string) => t.replace('ARG BASE', 'ARG BASE=python:3.12'), 'builds upon BASE'],
    [(t: string) => t.replace('["/opt/kit/serve"]', '/opt/kit/serve'), 'exec form'],
    [(t: string) => t.replace(/USER .*\n/, ''), 'not root'],
    [(t: string) => t.replace('RUN_AS=1000', 'RUN_AS=root'), 'not root'],
    [(t: string) => t.replace('EXPOSE', 'HEALTHCHECK CMD true\nEXPOSE'), 'no HEALTHCHECK'],
    [(t: string) => t.replace('EXPOSE', 'COPY model.onnx /\nEXPOSE'), 'no weights'],
    [(t: string) => t.replace('--require-hashes', ''), 'lock with hashes'],
  ])('that break a rule are caught: %#', (change, rule) => {
    expect(broken(change(read('cpu'))).join()).toContain(rule);
  });
});
