/** What a plan holds that this release plans and prices, but cannot run. */
import type { Plan, PlannedDeployment } from './plan.ts';

export interface Unrunnable {
  what: string;
  /** What the user can do. */
  fix: string;
}

type Check = (plan: Plan) => Unrunnable | null;

const first = (plan: Plan, is: (d: PlannedDeployment['configuration']) => boolean) =>
  plan.deployments.find(({ configuration }) => is(configuration))?.configuration.name;

/** The generator speaks HTTP; a caller inside the server would be another one, with other errors. */
const inProcessLoad: Check = ({ load }) =>
  load.inProcess
    ? {
        what: 'load.protocol in-process is planned and priced, but this release only loads over HTTP',
        fix: 'use protocol closed with the same users to measure through the server',
      }
    : null;

const batchJob: Check = (plan) => {
  const name = first(plan, ({ runtime }) => runtime === 'torchbench');
  return name === undefined
    ? null
    : {
        what: `${name} is a batch job, and this release runs servers only`,
        fix: 'leave torchbench out, or use torch to serve one of its models',
      };
};

const frozenRuntime: Check = (plan) => {
  const name = first(plan, ({ parameters }) => parameters['backend'] === 'fastertransformer');
  return name === undefined
    ? null
    : {
        what: `${name} needs FasterTransformer, whose last image and converters are frozen and not prepared by this release`,
        fix: 'leave backend fastertransformer out; its published figures stay in published.json',
      };
};

const frontEnd: Check = (plan) => {
  const name = first(
    plan,
    ({ target, parameters }) => target !== 'local' && Number(parameters['frontWorkers'] ?? 0) > 0,
  );
  return name === undefined
    ? null
    : {
        what: `${name} needs a front end before Triton, which this release deploys on target local only`,
        fix: 'set frontWorkers to 0 and send tensors',
      };
};

const checks: readonly Check[] = [inProcessLoad, batchJob, frozenRuntime, frontEnd];

/** Every reason, most general first; empty when the plan can be run. */
export function unrunnable(plan: Plan): Unrunnable[] {
  return checks.flatMap((check) => check(plan) ?? []);
}
