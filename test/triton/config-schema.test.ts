import { describe, it } from 'vitest';
import { optionalEnvironment } from '../support/optional-environment.ts';
import { pythonTests } from '../support/python-tests.ts';

const { missing } = await optionalEnvironment('triton-client');

describe('generated configurations, by Triton’s own schema', async () => {
  if (missing === null) await pythonTests('triton-client', 'containers/triton/tests', 'containers/triton');
  else it('needs tritonclient', (context) => context.skip(missing));
});
