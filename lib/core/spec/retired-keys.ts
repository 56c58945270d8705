/** Keys that were right once, somewhere else: what took their place. */
const retired: readonly [pattern: RegExp, instead: string][] = [
  [
    /^neuron_?core_?group_?sizes$/i,
    'NEURONCORE_GROUP_SIZES is gone since Neuron SDK 1.20: 1,1,1,1 is workers: 4 with cores: 4, and 4 is mode: pipeline with cores: 4',
  ],
];

/** null for a key that never was one. */
export function insteadOf(key: string): string | null {
  return retired.find(([pattern]) => pattern.test(key))?.[1] ?? null;
}
