/** What a user should know before a run, though nothing forbids it. */
import { isVaried, partsOf } from '../load/parts.ts';
import { sampleMinimum } from '../measure/sample-minimum.ts';
import type { Experiment } from '../spec/experiment.ts';
import type { PlanFacts } from './facts.ts';
import type { PlannedDeployment } from './plan.ts';

interface Planned {
  experiment: Experiment;
  deployments: readonly PlannedDeployment[];
  facts: PlanFacts;
}

type Warning = (planned: Planned) => string | null;

/** A trial is 30 s at least, or it consists of short windows that alternate. */
const SHORTEST_ALONE_SECONDS = 30;
const LONGEST_INTERLEAVED_SECONDS = 2;

const noGolden: Warning = ({ experiment }) =>
  experiment.model.golden === null ? 'model.golden is not set: a server that answers fast and wrong would win' : null;

const sharedCore: Warning = ({ experiment, facts }) =>
  facts.localCores < 2 && experiment.targets.some(({ target }) => target === 'local')
    ? 'this machine has one core: the load generator takes time from the server it measures'
    : null;

const shortWindows: Warning = ({ experiment: { load } }) => {
  const measured = load.windowSeconds - load.dropSeconds;
  if (load.stairs.some(({ shape }) => isVaried(shape))) return null;
  // A search repeats a trial until its interval is narrow enough.
  return !load.adaptive &&
    load.rounds === 1 &&
    measured < SHORTEST_ALONE_SECONDS &&
    load.windowSeconds > LONGEST_INTERLEAVED_SECONDS
    ? `windows of ${measured} s in one round are too short for an interval: use 30 s, or load.window with several rounds`
    : null;
};

/** Of a load whose rate changes: by the mean of each part, so that half of those at the minimum have less. */
const thinParts: Warning = ({ experiment: { load, slo } }) => {
  const needed = sampleMinimum(slo.percentile);
  const parts = load.stairs.flatMap(({ shape }) => partsOf(shape));
  const thin = parts.filter((p) => p.shape !== null && p.ratePerSecond * p.seconds < needed);
  return thin.length > 0
    ? `${thin.length} of ${parts.length} parts of the load have too few requests to judge p${slo.percentile}, which takes ${needed}; the first: ${thin[0]!.id}`
    : null;
};

const costWithoutPrice: Warning = ({ experiment }) =>
  experiment.objective === 'minimize-cost' && experiment.targets.every(({ target }) => target === 'local')
    ? 'objective minimize-cost cannot rank local deployments, which have no price'
    : null;

const spot: Warning = ({ deployments }) =>
  deployments.some(({ purchase }) => purchase === 'spot')
    ? 'Spot instances may be taken away; such a trial is void and never averaged with on-demand'
    : null;

const unpriced: Warning = ({ deployments }) => {
  const missing = deployments.filter((d) => d.usdPerHour === null && d.configuration.target !== 'local');
  return missing.length > 0
    ? `${missing.length} deployments have no price and will not be ranked on cost; the first: ${missing[0]!.id}, ${missing[0]!.priceNote}`
    : null;
};

const waitsForBatch: Warning = ({ experiment, deployments }) => {
  const limit = experiment.slo.latencyMs / 4;
  const waiting = deployments.find(({ configuration }) => {
    const batching = configuration.parameters.dynamicBatching;
    return typeof batching === 'object' && batching !== null && Number(batching.maxQueueDelayMs) > limit;
  });
  return waiting ? `maxQueueDelayMs of ${waiting.configuration.name} is more than a quarter of slo.latencyMs` : null;
};

const mixedPrecision: Warning = ({ experiment, deployments }) =>
  experiment.model.tolerance === null &&
  new Set(deployments.map((d) => d.configuration.parameters.precision ?? 'fp32')).size > 1
    ? 'precisions differ, so all answers are checked with the tolerance of the lowest: set model.tolerance'
    : null;

/** A front worker handles one request at a time, so a batch never holds more of them than there are workers. */
const frontCannotFillBatch: Warning = ({ deployments }) => {
  const found = deployments.find(({ configuration: { parameters } }) => {
    const front = Number(parameters.frontWorkers ?? 0);
    return front > 0 && typeof parameters.dynamicBatching === 'object' && front < Number(parameters.maxBatchSize);
  });
  if (!found) return null;
  const { name, parameters } = found.configuration;
  return `${name} has ${parameters.frontWorkers} front workers and batches of up to ${parameters.maxBatchSize}: they can never be filled, so waiting for them is wasted`;
};

const warnings: readonly Warning[] = [
  noGolden,
  sharedCore,
  shortWindows,
  thinParts,
  costWithoutPrice,
  spot,
  unpriced,
  waitsForBatch,
  frontCannotFillBatch,
  mixedPrecision,
];

export function warningsOf(planned: Planned): string[] {
  return warnings.flatMap((warning) => warning(planned) ?? []);
}
