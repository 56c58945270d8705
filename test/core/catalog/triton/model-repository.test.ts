import { describe, expect, it } from 'vitest';
import { backendConfig, type ConfiguredBackend } from '../../../../lib/core/catalog/triton/backend-config.ts';
import { fasterTransformerConfig } from '../../../../lib/core/catalog/triton/fastertransformer-config.ts';
import { modelRepository } from '../../../../lib/core/catalog/triton/model-repository.ts';
import { pbtxt } from '../../../../lib/core/catalog/triton/pbtxt.ts';
import { sageMakerEnvironment, serverArguments } from '../../../../lib/core/catalog/triton/server-settings.ts';
import { bertLarge, otherConfigs } from '../../../support/triton-configs.ts';

const config = (backend: ConfiguredBackend) =>
  backendConfig(backend, {
    name: 'model',
    shape: bertLarge,
    maxBatchSize: 8,
    instanceCount: 1,
    device: 'gpu',
    dynamicBatching: null,
  });

describe('a model repository', () => {
  it.each([
    ['libtorch', 'model.pt'],
    ['torch-tensorrt', 'model.pt'],
    ['tensorrt', 'model.plan'],
    ['onnxruntime', 'model.onnx'],
    ['python', 'model.py'],
  ] as const)('of %s holds %s in version 1', (backend, file) => {
    const text = pbtxt(config(backend));
    expect(modelRepository([{ config: config(backend), artifact: '/artifact' }])).toEqual([
      { path: 'model/config.pbtxt', content: text },
      { path: `model/1/${file}`, link: '/artifact' },
    ]);
  });

  it('of FasterTransformer holds its folder, of an ensemble an empty version', () => {
    const ft = fasterTransformerConfig({ name: 'ft', model: 'T5', maxBatchSize: 4, batching: false });
    expect(modelRepository([{ config: ft, artifact: '/a' }])[1]).toEqual({ path: 'ft/1/1-gpu', link: '/a' });
    const ensemble = otherConfigs().get('ensemble')!;
    expect(modelRepository([{ config: ensemble, artifact: null }])[1]).toEqual({ path: 'whole/1/.keep', content: '' });
  });

  it('is not made of what Triton would refuse', () => {
    const bad = { ...config('tensorrt'), responseCache: true };
    expect(() => modelRepository([{ config: bad, artifact: '/a' }])).toThrow('configuration of model: response_cache');
    expect(() => modelRepository([{ config: config('tensorrt'), artifact: null }])).toThrow('no artifact');
  });
});

describe('Triton is started', () => {
  it('without auto-completion, so that base is base', () => {
    const args = serverArguments({ repository: '/models', address: '127.0.0.1', httpPort: 8000 });
    expect(args).toContain('--disable-auto-complete-config');
    expect(args).toContain('--http-address=127.0.0.1');
    expect(sageMakerEnvironment({ model: 'bert', httpThreads: 4 })).toEqual({
      SAGEMAKER_TRITON_DEFAULT_MODEL_NAME: 'bert',
      SAGEMAKER_TRITON_ADDITIONAL_ARGS: '--disable-auto-complete-config',
      SAGEMAKER_TRITON_LOG_VERBOSE: 'false',
      SAGEMAKER_TRITON_THREAD_COUNT: '4',
    });
  });
});
