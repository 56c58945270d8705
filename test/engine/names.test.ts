import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourceName, scopeKey } from '../../lib/engine/workflow/names.ts';

describe('names', () => {
  it('are legal, stable and distinct for paths of any length', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 200 }), (path) => {
        const name = resourceName(path);
        expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
        expect(resourceName(path)).toBe(name);
        expect(seen.get(name) ?? path).toBe(path);
        seen.set(name, path);
        expect(scopeKey(path)).toMatch(/^[a-z0-9][a-z0-9._-]{0,63}$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('keep readable ids readable', () => {
    expect(scopeKey('onnxruntime-batched@local/local-1c')).toBe('onnxruntime-batched.local.local-1c');
  });
});
