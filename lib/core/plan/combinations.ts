/** Parameter combinations of a runtime entry, in the order of its declaration: the last parameter varies fastest. */
import type { Value } from '../catalog/runtimes/parameter.ts';
import type { Axis } from '../spec/experiment.ts';

export type Combination = { [parameter: string]: Value };

/** Lazy: a matrix is walked, never held twice. */
export function* combinations(axes: readonly Axis[]): Generator<Combination> {
  const [first, ...rest] = axes;
  if (!first) {
    yield {};
    return;
  }
  for (const value of first.values) {
    for (const others of combinations(rest)) yield { [first.parameter]: value, ...others };
  }
}
