import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { findPython } from '../../lib/local/python.ts';

const folder = mkdtempSync(join(tmpdir(), 'python-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it('names the interpreter itself where a wrapper script was found', async () => {
  const { command: real, version } = await findPython();
  const wrapper = join(folder, 'python3');
  writeFileSync(wrapper, `#!/bin/sh\nexec "${real}" "$@"\n`);
  chmodSync(wrapper, 0o755);
  vi.stubEnv('INFERSWEEP_PYTHON', wrapper);
  expect(await findPython()).toEqual({ command: real, version });
});
