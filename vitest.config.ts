import { defineConfig } from 'vitest/config';

/** One project for each suite; slow ones have a script of their own in package.json. */
const suite = (
  name: string,
  include: string[],
  o: { testTimeout?: number; fileParallelism?: boolean; exclude?: string[] } = {},
) => ({
  extends: true as const,
  test: { name, include, testTimeout: 30_000, ...o },
});

/** `.ci/run` sums the suites from these files. */
const results = process.env['INFERSWEEP_RESULTS'];

/** Whole synths under validation, and a Triton with everything that starts one: minutes, so suites of their own. */
const synths = 'test/stacks/{synth-cli,cfn-lint,families,lab-validation,production-on-ecs-valid}.test.ts';
const tritons = ['test/contracts/triton*.test.ts', 'test/e2e/source-experiments.test.ts'];

export default defineConfig({
  test: {
    ...(results ? { reporters: ['default', ['json', { outputFile: results }]] } : {}),
    // The machine has two cores and some suites measure: files must not compete with each other.
    fileParallelism: false,
    env: { CDK_VALIDATION: 'false', NO_COLOR: '1' },
    coverage: {
      provider: 'v8',
      include: ['lib/core/**/*.ts'],
      exclude: ['lib/core/ports/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 95, branches: 95 },
    },
    projects: [
      suite('unit', ['test/**/*.test.ts'], {
        exclude: ['test/contracts/**', 'test/load/**', 'test/e2e/**', 'test/faults/**', synths],
      }),
      suite('contracts', ['test/contracts/**/*.test.ts'], { testTimeout: 120_000, exclude: tritons }),
      suite('load', ['test/load/**/*.test.ts'], { testTimeout: 120_000 }),
      suite('e2e', ['test/e2e/**/*.test.ts'], { testTimeout: 400_000, exclude: tritons }),
      suite('synth', [synths], { testTimeout: 120_000 }),
      suite('triton', tritons, { testTimeout: 400_000 }),
      suite('faults', ['test/faults/**/*.test.ts'], { testTimeout: 300_000 }),
      suite('torch', ['test/torch/**/*.torch.ts'], { testTimeout: 900_000 }),
      suite('images', ['test/images/**/*.images.ts'], { testTimeout: 300_000 }),
      suite('browser', ['test/browser/**/*.browser.ts'], { testTimeout: 120_000 }),
      suite('moto', ['test/moto/**/*.moto.ts'], { testTimeout: 300_000 }),
      suite('packaging', ['test/packaging/**/*.packaging.ts'], { testTimeout: 120_000 }),
      suite('mutants', ['test/mutants/**/*.mutants.ts'], { testTimeout: 600_000 }),
    ],
  },
});
