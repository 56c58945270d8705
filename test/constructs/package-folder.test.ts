import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { containersFolder } from '../../lib/constructs/package-folder.ts';

it('finds containers/ from the sources and from dist', () => {
  const root = join(import.meta.dirname, '..', '..');
  expect(containersFolder).toBe(join(root, 'containers'));
  expect(existsSync(join(containersFolder, 'hosts', 'trial_host.py'))).toBe(true);
  const built = join(root, 'dist', 'lib', 'constructs', 'package-folder.js');
  const script = `console.log((await import(${JSON.stringify(built)})).containersFolder)`;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim()).toBe(
    containersFolder,
  );
});
