/** The import table of the design: a folder may import what its row names, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Rule {
  /** Folders below the repository that may be imported besides the own one. */
  folders: string[];
  /** Package names, or prefixes ending in `*`. */
  packages: string[];
}

const rules: Record<string, Rule> = {
  'lib/core': { folders: [], packages: ['zod'] },
  'lib/engine': { folders: ['lib/core'], packages: [] },
  'lib/load': { folders: ['lib/core'], packages: ['node:*'] },
  'lib/local': { folders: ['lib/core'], packages: ['node:*'] },
  'lib/files': { folders: ['lib/core'], packages: ['node:*', 'yaml', 'vega', 'vega-lite'] },
  'lib/aws': {
    folders: ['lib/core'],
    packages: ['node:*', '@aws-sdk/*', '@smithy/signature-v4', '@aws/durable-execution-sdk-js'],
  },
  'lib/constructs': { folders: ['lib/core'], packages: ['aws-cdk-lib*', 'constructs', 'cdk-nag', 'node:path'] },
  'lib/stacks': {
    folders: ['lib/core', 'lib/constructs'],
    packages: ['aws-cdk-lib*', 'constructs', 'cdk-nag', 'node:path'],
  },
  'lib/cli': { folders: ['lib/core', 'lib/engine'], packages: ['commander', 'listr2', 'node:*'] },
  lambda: { folders: ['lib/core', 'lib/engine', 'lib/load', 'lib/local', 'lib/files', 'lib/aws'], packages: ['*'] },
  bin: { folders: ['lib', 'lambda'], packages: ['*'] },
  lib: { folders: ['lib/core', 'lib/constructs', 'lib/stacks'], packages: [] },
};

interface Import {
  file: string;
  specifier: string;
}

/** The row of a file: the longest folder named in the table. */
function rowOf(file: string): string | undefined {
  return Object.keys(rules)
    .filter((folder) => file.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.some((p) => (p.endsWith('*') ? name.startsWith(p.slice(0, -1)) : name === p));
}

/** Says what an import breaks; null when it is allowed. */
function violation({ file, specifier }: Import): string | null {
  const row = rowOf(file);
  if (row === undefined) return null;
  const rule = rules[row]!;
  if (!specifier.startsWith('.')) {
    return matches(specifier, rule.packages) ? null : `${file} imports package ${specifier}`;
  }
  const to = relative(root, join(root, file, '..', specifier))
    .split(sep)
    .join('/');
  if (!to.endsWith('.ts') && !to.endsWith('.json')) return `${file}: relative import ${specifier} must name the file`;
  const allowed = [row, ...rule.folders].some((folder) => to.startsWith(`${folder}/`));
  return allowed ? null : `${file} imports ${to}`;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && e.name.endsWith('.ts'))
    .map((e) => relative(root, join(e.parentPath, e.name)).split(sep).join('/'));
}

const files = ['lib', 'bin', 'lambda'].flatMap((folder) => {
  try {
    return sources(folder);
  } catch {
    return [];
  }
});

describe('architecture', () => {
  it('imports only what the table allows', () => {
    const found = files.flatMap((file) =>
      ts
        .preProcessFile(readFileSync(join(root, file), 'utf8'), true, true)
        .importedFiles.flatMap(({ fileName }) => violation({ file, specifier: fileName }) ?? []),
    );
    expect(found).toEqual([]);
  });

  it.each([
    { file: 'lib/core/plan/x.ts', specifier: 'node:fs' },
    { file: 'lib/core/plan/x.ts', specifier: '../../engine/run.ts' },
    { file: 'lib/engine/x.ts', specifier: '../local/cores.ts' },
    { file: 'lib/engine/x.ts', specifier: 'zod' },
    { file: 'lib/load/x.ts', specifier: '../local/cores.ts' },
    { file: 'lib/cli/x.ts', specifier: '../local/cores.ts' },
    { file: 'lib/local/x.ts', specifier: 'undici' },
    { file: 'lib/core/plan/x.ts', specifier: './plan' },
  ])('catches $specifier in $file', (bad) => {
    expect(violation(bad)).not.toBeNull();
  });

  it('has no barrels, no utils and no common', () => {
    const bad = files.filter(
      (f) =>
        /(^|\/)(utils?|common|helpers)(\/|\.ts$)/.test(f) || /\/index\.ts$/.test(f.replace(/^lib\/index\.ts$/, '')),
    );
    expect(bad).toEqual([]);
  });

  it('keeps files under 300 lines, half of them under 100', () => {
    const lines = files
      .map((f) => ({ f, n: readFileSync(join(root, f), 'utf8').split('\n').length }))
      .sort((a, b) => a.n - b.n);
    expect(lines.filter(({ n }) => n > 300)).toEqual([]);
    expect(lines[Math.floor(lines.length / 2)]!.n).toBeLessThanOrEqual(100);
  });

  it('keeps clock and randomness out of core and the workflow', () => {
    const bad = files
      .filter((f) => f.startsWith('lib/core/') || f.startsWith('lib/engine/workflow/'))
      .filter((f) =>
        /\bMath\.random\b|\bDate\b(?!\w)\s*[.(]|\bnew Date\b|\brandomUUID\b|\bperformance\b\./.test(code(f)),
      );
    expect(bad).toEqual([]);
  });
});

/** Source without comments. */
function code(file: string): string {
  return readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '');
}
