import { describe } from 'vitest';
import { pythonTests } from '../support/python-tests.ts';

describe('the inference server, in its onnxruntime environment', async () => {
  await pythonTests('onnxruntime', 'containers/server/tests', 'containers/server');
});
