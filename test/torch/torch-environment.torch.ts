import { describe } from 'vitest';
import { pythonTests } from '../support/python-tests.ts';

describe('the inference server, in its torch environment', async () => {
  await pythonTests('torch', 'containers/server/tests', 'containers/server', { beside: 'gunicorn' });
});

describe('the conversions, in the torch environment', async () => {
  await pythonTests('torch', 'containers/prepare/tests', 'containers/prepare');
});

describe('batch runs, in the torch environment', async () => {
  await pythonTests('torch', 'containers/torchbench/tests', 'containers/torchbench');
});
