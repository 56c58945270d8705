import { defineConfig } from 'vitest/config';

/** One project for each suite; slow ones have a script of their own in package.json. */
const suite = (
  name: string,
  include: string[],
  o: {
    testTimeout?: number;
    fileParallelism?: boolean;
    maxWorkers?: number;
    isolate?: boolean;
    sequence?: { groupOrder: number };
    exclude?: string[];
  } = {},
) => ({
  extends: true as const,
  // A hook may build or install; what a suite says of its tests holds for them.
  test: { name, include, testTimeout: 30_000, hookTimeout: 120_000, sequence: { groupOrder: 1 }, ...o },
});

/** `.ci/run` sums the suites from these files. */
const results = process.env['INFERSWEEP_RESULTS'];

/** Whole synths under validation, and a Triton with everything that starts one: minutes, so suites of their own. */
const synths = 'test/stacks/{synth-cli,cfn-lint,families,lab-validation,production-on-ecs-valid}.test.ts';
const tritons = ['test/contracts/triton*.test.ts', 'test/e2e/source-experiments.test.ts'];

/** Several whole runs under real load each: the path of a newcomer, and what follows a run. */
const sweeps = 'test/e2e/{adaptive,getting-started,replay,verify*}.test.ts';

/** Loads by the command line: they measure, as those of the load engine do. */
const measuring = 'test/e2e/{changing-load,load-verb}.test.ts';

/** Of the load engine, but without a load. */
const loadless = 'test/load/{kserve-outputs,response-parser,server-counters,socket-writer,tally}.test.ts';

/** What measures with torch; the rest asks what it answers, whatever time that takes. */
const torchRuns = 'test/torch/{graviton-laptop,sentence-encoder}.torch.ts';

/** Nothing of it measures, so it may have both cores; what does comes after it. */
const onBothCores = { fileParallelism: true, maxWorkers: 2, sequence: { groupOrder: 0 } };

/** Promised rates, of right answers or of requests: many runs counted, simulated or live. */
const rates = ['test/core/compare/gate-rates.test.ts', 'test/load/{paired,bottleneck,client-cost}.test.ts'];

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
      // Where a test failed, too: .ci/run may hold it up to no more than a second try.
      reportOnFailure: true,
      thresholds: { lines: 95, branches: 95 },
    },
    projects: [
      suite(
        'unit',
        ['test/*.test.ts', 'test/!(contracts|e2e|faults|load|server)/**/*.test.ts', loadless],
        // A process for each file would spend more on loading the SDKs again than on the tests.
        { ...onBothCores, isolate: false, exclude: [synths, ...rates] },
      ),
      // Started first, for the server's tests mostly wait.
      suite('contracts', ['test/{contracts,server}/**/*.test.ts'], {
        ...onBothCores,
        testTimeout: 120_000,
        exclude: tritons,
      }),
      suite('e2e', ['test/e2e/**/*.test.ts'], {
        ...onBothCores,
        testTimeout: 400_000,
        exclude: [...tritons, sweeps, measuring],
      }),
      suite('load', ['test/load/**/*.test.ts', measuring], { testTimeout: 120_000, exclude: [...rates, loadless] }),
      suite('rates', rates, { testTimeout: 120_000 }),
      suite('sweeps', [sweeps], { testTimeout: 400_000 }),
      suite('synth', [synths], { testTimeout: 120_000 }),
      suite('triton', tritons, { testTimeout: 400_000 }),
      suite('faults', ['test/faults/*.test.ts'], { testTimeout: 300_000 }),
      // Virtual time: nothing of it measures, so it may share the machine.
      suite('aws', ['test/faults/aws/**/*.test.ts'], {
        testTimeout: 900_000,
        fileParallelism: true,
        maxWorkers: 2,
      }),
      suite('live', ['test/live/**/*.live.ts'], { testTimeout: 4 * 3_600_000 }),
      suite('torch', [torchRuns], { testTimeout: 900_000 }),
      suite('torch-answers', ['test/torch/**/*.torch.ts'], { testTimeout: 900_000, exclude: [torchRuns] }),
      suite('images', ['test/images/**/*.images.ts'], { testTimeout: 300_000 }),
      suite('browser', ['test/browser/**/*.browser.ts'], { testTimeout: 120_000 }),
      suite('moto', ['test/moto/**/*.moto.ts'], { testTimeout: 600_000 }),
      suite('packaging', ['test/packaging/**/*.packaging.ts'], { testTimeout: 120_000 }),
      // On Node 24, and so is what rests on Node's inside.
      suite('durable', ['test/durable/**/*.durable.ts', 'test/load/socket-writer.test.ts'], { testTimeout: 60_000 }),
      suite('scale-live', ['test/scale-live/**/*.live.ts'], { testTimeout: 120_000 }),
      // Nothing is measured in it, and virtual time passes as fast as the cores allow.
      suite('schedules', ['test/schedules/**/*.schedules.ts'], {
        testTimeout: 3_600_000,
        fileParallelism: true,
        maxWorkers: 2,
      }),
      suite('mutants', ['test/mutants/**/*.mutants.ts'], { testTimeout: 600_000 }),
    ],
  },
});
