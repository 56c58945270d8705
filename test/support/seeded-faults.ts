/** Faults seeded into a copy of the sources, one at a time: whoever claims to notice them is run on the copy. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { root } from './cli.ts';

/** In a file of `lib`. */
export type Edit = readonly [file: string, from: string, to: string];

const CONFIGURATION = ['package.json', 'tsconfig.json', 'tsconfig.base.json', 'vitest.config.ts'];

export class SeededSources {
  private readonly copy = realpathSync(mkdtempSync(join(tmpdir(), 'mutants-')));
  private readonly project: string;

  /** @param linked folders that the tests need besides the sources */
  constructor(project: string, linked: readonly string[] = []) {
    this.project = project;
    for (const name of ['lib', 'bin', 'lambda', 'bench', 'test', ...CONFIGURATION]) {
      cpSync(join(root, name), join(this.copy, name), { recursive: true });
    }
    for (const name of [...linked, 'node_modules']) symlinkSync(join(root, name), join(this.copy, name));
  }

  /** Whether these tests pass on the copy as it is now. */
  passes(...tests: string[]): boolean {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--project', this.project, ...tests];
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.copy,
      encoding: 'utf8',
      env: { ...process.env, INFERSWEEP_RESULTS: '' },
    });
    // A fault that keeps the tests from starting proves nothing.
    expect(stdout, `ended with ${status ?? signal}: ${stderr}`).toMatch(/Tests .*\d+ (passed|failed)/);
    return status === 0;
  }

  /** Whether these tests pass with the edits, which are then taken back. */
  passesWith(edits: readonly Edit[], ...tests: string[]): boolean {
    const pathOf = (file: string) => join(this.copy, 'lib', file);
    const before = new Map(edits.map(([file]) => [file, readFileSync(pathOf(file), 'utf8')]));
    try {
      for (const [file, from, to] of edits) {
        const text = readFileSync(pathOf(file), 'utf8');
        expect(text.split(from), 'the mutant must apply exactly once').toHaveLength(2);
        writeFileSync(
          pathOf(file),
          text.replace(from, () => to),
        );
      }
      return this.passes(...tests);
    } finally {
      for (const [file, text] of before) writeFileSync(pathOf(file), text);
    }
  }

  remove(): void {
    rmSync(this.copy, { recursive: true, force: true });
  }
}
