import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchMetrics, batchMetricsSchema, compareBatches } from '../../../lib/core/measure/batch-comparison.ts';

const file = join(import.meta.dirname, '../../../containers/torchbench/models.txt');
const models = readFileSync(file, 'utf8').trim().split('\n');

/** The command line of source 004, in the copy that lost its commas and underscores. */
const PRINTED =
  'BERTpytorchhfBerthfBertlargehfGPT2hfAlberthfBarthfBigBirdhfDistilBerthfGPT2largedlrmhfT5mnasnet10mobilenetv2' +
  'mobilenetv3largesqueezenet11timmefficientnetshufflenetv2x10timmregnetresnet50softactorcriticphlippedensenetresnet152' +
  'resnet18resnext5032x4ddensenet121phlipperesnetdoctrdetpredictortimmvovnetalexnetdoctrrecopredictorvgg16dcganyolov3' +
  'pytorchstarganhfLongformertimmnfnettimmvisiontransformertimmvisiontransformerlargenvidiadeeprecommenderdemucsttsangular' +
  'hfReformerpytorchCycleGANandpix2pixfunctorchdpcifar10pytorchunet';

function run(latencies: Record<string, number>): BatchMetrics {
  const metrics = Object.entries(latencies).flatMap(([m, ms]) => [
    [`${m}-eval_latency`, ms] as const,
    [`${m}-eval_cmem`, 0.4] as const,
  ]);
  return batchMetricsSchema.parse({
    name: 'cpu',
    environ: { pytorch_git_version: 'd44533f9' },
    metrics: Object.fromEntries(metrics),
  });
}

const all = (ms: (at: number) => number) => run(Object.fromEntries(models.map((m, at) => [m, ms(at)])));

describe('a comparison of batch runs', () => {
  it('covers the 45 models that the source printed', () => {
    expect(new Set(models).size).toBe(45);
    expect(models.join('').replaceAll('_', '')).toBe(PRINTED);
  });

  it('is the geometric mean over the models, and not the ratio of their sums', () => {
    const comparison = compareBatches(run({ a: 4, b: 1000 }), run({ a: 1, b: 1000 }), ['a', 'b']);
    expect(comparison.speedup).toBeCloseTo(2, 12);
    expect(comparison.models[0]).toEqual({
      model: 'a',
      eagerMs: 4,
      compiledMs: 1,
      speedup: 4,
      eagerGib: 0.4,
      compiledGib: 0.4,
    });
  });

  it('takes only models of both runs, and names those that are missing from either', () => {
    const eager = all((at) => 135 + at);
    const compiled = all((at) => 100 + (100 / 135) * at);
    delete compiled.metrics['alexnet-eval_latency'];
    delete eager.metrics['yolov3-eval_latency'];
    compiled.metrics['vgg16-eval_latency'] = 0;
    const comparison = compareBatches(eager, compiled, models);
    expect(comparison.missing).toEqual({ eager: ['yolov3'], compiled: ['alexnet', 'vgg16'] });
    expect(comparison.models).toHaveLength(42);
    expect(comparison.speedup).toBeCloseTo(1.35, 10);
  });

  it('has no mean without a model', () => {
    expect(compareBatches(run({}), run({ a: 1 }), ['a'])).toMatchObject({ speedup: null, missing: { eager: ['a'] } });
  });

  it('is its own inverse when the runs change places', () => {
    const latency = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(latency, latency), { minLength: 1, maxLength: 400 }), (pairs) => {
        const named = (side: 0 | 1) => run(Object.fromEntries(pairs.map((p, at) => [`m${at}`, p[side]])));
        const names = pairs.map((_, at) => `m${at}`);
        const there = compareBatches(named(0), named(1), names).speedup!;
        const back = compareBatches(named(1), named(0), names).speedup!;
        expect(there * back).toBeCloseTo(1, 9);
      }),
    );
  });
});
