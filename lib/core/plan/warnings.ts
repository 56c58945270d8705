/** What a user should know before a run, though nothing forbids it. */
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
  return load.rounds === 1 && measured < SHORTEST_ALONE_SECONDS && load.windowSeconds > LONGEST_INTERLEAVED_SECONDS
    ? `windows of ${measured} s in one round are too short for an interval: use 30 s, or load.window with several rounds`
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

const deviceArtifacts: Warning = ({ deployments }) =>
  deployments.some(
    ({ configuration: { target, runtime } }) => target !== 'local' && (runtime === 'triton' || runtime === 'neuron'),
  )
    ? 'the price of building engines for triton and neuron is not in this estimate; their time is'
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
  costWithoutPrice,
  spot,
  unpriced,
  waitsForBatch,
  frontCannotFillBatch,
  mixedPrecision,
  deviceArtifacts,
];

export function warningsOf(planned: Planned): string[] {
  return warnings.flatMap((warning) => warning(planned) ?? []);
}
