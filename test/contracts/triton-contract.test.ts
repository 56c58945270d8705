/** The server's contract, asked of a real Triton: what passes is no habit of ours, what differs says why. */
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { pythonTests } from '../support/python-tests.ts';
import { missingTriton, TRITON_ATTEMPTS, tritonEnvironment } from '../support/triton-target.ts';

const command = [
  tritonEnvironment.environment?.python,
  join(import.meta.dirname, '..', 'support', 'triton_as_server.py'),
];

describe("the server's contract on a real Triton", async () => {
  if (missingTriton !== null) {
    it('runs', (context) => context.skip(missingTriton!));
    return;
  }
  await pythonTests('triton', 'containers/server/tests', 'containers/server', {
    pattern: 'test_contract_triton.py',
    // See TRITON_ATTEMPTS.
    attempts: TRITON_ATTEMPTS,
    env: { INFERSWEEP_CONTRACT_TRITON: command.join(' ') },
  });
});
