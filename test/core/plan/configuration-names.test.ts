import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameConfigurations } from '../../../lib/core/plan/configuration-names.ts';
import type { ExperimentInput } from '../../../lib/core/spec/experiment-schema.ts';
import { cloudExperiment, issuesOf, localExperiment, parsed } from '../../support/experiments.ts';

type Runtimes = ExperimentInput['runtimes'];
const names = (runtimes: Runtimes) =>
  nameConfigurations(parsed(localExperiment({ runtimes }))).named.map(({ name }) => name);
const cloudNames = (runtimes: Runtimes) =>
  nameConfigurations(parsed(cloudExperiment({ runtimes }))).named.map(({ name }) => name);

describe('names', () => {
  it.each<[string, Runtimes, string[]]>([
    ['are the runtime where nothing varies', [{ onnxruntime: {} }], ['onnxruntime']],
    [
      'hold the words of what varies',
      [{ onnxruntime: { dynamicBatching: [false, {}], outputs: ['pooled', 'all'] } }],
      [
        'onnxruntime-unbatched-pooled',
        'onnxruntime-unbatched-all',
        'onnxruntime-batched-pooled',
        'onnxruntime-batched-all',
      ],
    ],
    [
      'tell sizes apart only where they differ',
      [{ torch: { dynamicBatching: [false, { maxBatchSize: 4 }, { maxBatchSize: 16, maxQueueDelayMs: 2.5 }] } }],
      ['torch-unbatched', 'torch-batched4-delay0', 'torch-batched16-delay2p5'],
    ],
    [
      'tell entries of one runtime apart',
      [{ torch: { mode: 'eager' } }, { torch: { mode: 'torchscript' } }],
      ['torch-eager', 'torch-torchscript'],
    ],
    ['are the user’s', [{ name: 'mine', torch: {} }], ['mine']],
    [
      'extend the user’s',
      [{ name: 'mine', torch: { mode: ['eager', 'torchscript'] } }],
      ['mine-eager', 'mine-torchscript'],
    ],
    ['leave a user’s name alone', [{ torch: {} }, { name: 'torch', reference: {} }], ['torch-2', 'torch']],
    [
      'stay apart when words collapse',
      [{ torch: { outputs: ['a.b', 'a_b', 'A-b'] } }],
      ['torch-a-b', 'torch-a-b-2', 'torch-a-b-3'],
    ],
    [
      'say every parameter',
      [{ onnxruntime: { threads: ['auto', 1], graphOptimization: ['basic', 'all'], spin: [true, false] } }],
      [
        'onnxruntime-threads-auto-graph-basic-spin',
        'onnxruntime-threads-auto-graph-basic-nospin',
        'onnxruntime-threads-auto-graph-all-spin',
        'onnxruntime-threads-auto-graph-all-nospin',
        'onnxruntime-threads1-graph-basic-spin',
        'onnxruntime-threads1-graph-basic-nospin',
        'onnxruntime-threads1-graph-all-spin',
        'onnxruntime-threads1-graph-all-nospin',
      ],
    ],
    [
      'say the emulated times',
      [{ emulated: { fixedMs: [0.5, 1], perItemMs: [1, 2], jitter: [0, 0.1] } }],
      [
        'emulated-fixed0p5ms-item1ms-jitter0',
        'emulated-fixed0p5ms-item1ms-jitter0p1',
        'emulated-fixed0p5ms-item2ms-jitter0',
        'emulated-fixed0p5ms-item2ms-jitter0p1',
        'emulated-fixed1ms-item1ms-jitter0',
        'emulated-fixed1ms-item1ms-jitter0p1',
        'emulated-fixed1ms-item2ms-jitter0',
        'emulated-fixed1ms-item2ms-jitter0p1',
      ],
    ],
  ])('%s', (_, runtimes, expected) => expect(names(runtimes)).toEqual(expected));

  it('say backends, precisions and cores', () => {
    expect(cloudNames([{ triton: { backend: ['tensorrt', 'python'], precision: ['fp16', 'fp32'] } }])[0]).toBe(
      'triton-tensorrt-fp16',
    );
    expect(
      cloudNames([
        { triton: { backend: 'tensorrt', maxBatchSize: [1, 2], dynamicBatching: [false, {}], instanceCount: [1, 2] } },
      ])[0],
    ).toBe('triton-max1-unbatched-x1');
    expect(
      cloudNames([{ neuron: { mode: ['data-parallel', 'pipeline'], batch: [1, 6], cores: ['all', 4] } }]),
    ).toContain('neuron-pipeline-batch6-cores-all');
    expect(cloudNames([{ onnxruntime: { precision: ['fp32'] } }])).toEqual(['onnxruntime']);
    expect(cloudNames([{ torch: { precision: ['fp32', 'bf16'] } }])).toEqual(['torch-fp32', 'torch-bf16']);
  });

  it('may not hide that a configuration stands twice', () => {
    const twice = nameConfigurations(
      parsed(
        localExperiment({
          runtimes: [{ torch: {} }, { reference: {} }, { torch: { mode: ['torchscript', 'eager'] } }],
        }),
      ),
    );
    expect(twice.issues).toMatchObject([
      { path: ['runtimes', 2, 'torch'], message: expect.stringContaining('runtimes[0]') },
    ]);
    expect(
      nameConfigurations(
        parsed(
          localExperiment({
            runtimes: [
              { name: 'a', torch: {} },
              { name: 'b', torch: {} },
            ],
          }),
        ),
      ).issues,
    ).toEqual([]);
  });

  it('are unique, stable, and made of lower case letters, digits and dashes', () => {
    const output = fc
      .string({ minLength: 1, maxLength: 90, unit: 'binary' })
      .filter((text) => /^[^,\s]{1,128}$/.test(text));
    const outputs = fc.uniqueArray(output, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        outputs,
        fc.option(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/), { nil: undefined }),
        (values, name) => {
          const runtimes: Runtimes = [
            { name, onnxruntime: { outputs: values, dynamicBatching: [false, {}] } },
            { name: 'x', torch: {} },
          ];
          if (issuesOf(localExperiment({ runtimes })).length > 0) return;
          const found = names(runtimes);
          expect(new Set(found).size).toBe(found.length);
          for (const word of found) expect(word).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
          expect(names(runtimes)).toEqual(found);
        },
      ),
    );
  });
});
