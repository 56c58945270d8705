/** The files that Triton reads, byte for byte: those of the two sources, from their own experiments. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { illegalities } from '../../../../lib/core/catalog/triton/legality.ts';
import { pbtxt } from '../../../../lib/core/catalog/triton/pbtxt.ts';
import { examplePlan } from '../../../support/example-plan.ts';
import { bertLarge, bertNer, configsOf, otherConfigs } from '../../../support/triton-configs.ts';

const folder = join('test', 'fixtures', 'triton');
const sweep = configsOf(await examplePlan('triton-instance-sweep'), () => bertLarge);
const comparison = configsOf(await examplePlan('runtime-comparison'), (backend) =>
  bertNer(backend === 'torch-tensorrt' ? 1 : -1),
);
const all = new Map([...sweep, ...comparison, ...otherConfigs()]);

describe('config.pbtxt', () => {
  it.each([...all])('%s', (name, config) => {
    const file = join(folder, `${name}.pbtxt`);
    if (process.env['UPDATE_FIXTURES']) writeFileSync(file, pbtxt(config));
    expect(pbtxt(config)).toBe(readFileSync(file, 'utf8'));
    expect(illegalities(config)).toEqual([]);
  });

  it('has no fixture too many', () => {
    expect(readdirSync(folder).sort()).toEqual([...all.keys()].map((name) => `${name}.pbtxt`).sort());
  });

  it('eight of source 002 differ in nothing but what their names say', () => {
    expect([...sweep.keys()].sort()).toEqual(
      ['pt-base', 'pt-db', 'pt-ig', 'pt-ig-db', 'trt-base', 'trt-db', 'trt-ig', 'trt-db-ig'].sort(),
    );
    for (const [name, config] of sweep) {
      const words = name.split('-');
      expect(config.dynamicBatching !== null, name).toBe(words.includes('db'));
      expect(config.instanceGroup, name).toEqual({ count: words.includes('ig') ? 2 : 1, kind: 'KIND_GPU' });
      expect(config.platform, name).toBe(words[0] === 'pt' ? 'pytorch_libtorch' : 'tensorrt_plan');
      expect(config.maxBatchSize, name).toBe(words[0] === 'pt' ? 32 : 16);
      expect(pbtxt(config).includes('dynamic_batching'), name).toBe(words.includes('db'));
    }
  });

  it('has the product that source 001 misprints: 40 × 45 = 1800, not 180', () => {
    const output = comparison.get('bert-torch-tensorrt')!.output[0]!;
    expect(output).toEqual({ name: 'probs__0', datatype: 'FP32', dims: [1, 40 * 45] });
    expect(output.dims[1]).toBe(1800);
  });
});
