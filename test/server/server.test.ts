import { describe } from 'vitest';
import { pythonTests } from '../support/python-tests.ts';

describe('the inference server, in its onnxruntime environment', async () => {
  await pythonTests('onnxruntime', 'containers/server/tests', 'containers/server');
});

describe('the inference server under gunicorn, in its gunicorn environment', async () => {
  await pythonTests('gunicorn', 'containers/server/tests', 'containers/server', 'test_gunicorn.py');
});

describe('the front of another server, in the onnxruntime environment with its tokeniser', async () => {
  await pythonTests('onnxruntime-text', 'containers/server/tests', 'containers/server', 'test_triton_proxy.py');
});
