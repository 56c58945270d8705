import { describe, expect, it } from 'vitest';
import { runtimeNames, runtimeOf } from '../../../lib/core/catalog/runtimes/registry.ts';

describe('runtimes', () => {
  it.each([
    ['reference', null, null],
    ['emulated', null, null],
    ['onnxruntime', 'onnxruntime', 'onnxruntime-text'],
    ['torch', 'torch', 'torch'],
    ['transformers', 'torch', 'torch'],
    ['triton', null, null],
    ['neuron', null, null],
  ] as const)('%s is served from its environment', (name, plain, text) => {
    expect(runtimeOf(name).environment({ tokenizer: false })).toBe(plain);
    expect(runtimeOf(name).environment({ tokenizer: true })).toBe(text);
  });

  it('are named as they are listed', () => {
    for (const name of runtimeNames) expect(runtimeOf(name).name).toBe(name);
  });

  it('have defaults that their own schemas accept, and words for them', () => {
    for (const name of runtimeNames) {
      for (const [key, { schema, fallback, label }] of Object.entries(runtimeOf(name).parameters)) {
        if (fallback === undefined) continue;
        expect(schema.safeParse(fallback), `${name}.${key}`).toMatchObject({ success: true, data: fallback });
        expect(label(fallback, [fallback]).length).toBeGreaterThan(0);
      }
    }
  });
});
