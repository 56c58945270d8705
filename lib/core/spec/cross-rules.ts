/** What one key of an experiment says about another. */
import { instanceOf } from '../catalog/instance.ts';
import { adaptiveIssues } from './adaptive-load.ts';
import { targetsOf } from './entry-rules.ts';
import type { ExperimentDocument } from './experiment-schema.ts';
import { type Issue, issue } from './issue.ts';
import { isAddress } from './model-spec.ts';

type CrossRule = (document: ExperimentDocument) => Issue[];

export const cloudNeedsRegion: CrossRule = ({ aws, targets }) =>
  aws === undefined && targets.some((entry) => targetsOf(entry).some((target) => target !== 'local'))
    ? [issue(['aws', 'region'], 'targets on AWS need aws.region', { at: 'key' })]
    : [];

export const demandInOrder: CrossRule = ({ demand }) => {
  if (demand?.requestsPerMinute === undefined) return [];
  const { requestsPerMinute, low, peak } = demand;
  return [
    ...(low !== undefined && low > requestsPerMinute
      ? [issue(['demand', 'low'], `must not exceed requestsPerMinute (${requestsPerMinute})`)]
      : []),
    ...(peak !== undefined && peak < requestsPerMinute
      ? [issue(['demand', 'peak'], `must not be below requestsPerMinute (${requestsPerMinute})`)]
      : []),
  ];
};

export const demandIsRatesOrTrace: CrossRule = ({ demand }) => {
  if (!demand) return [];
  const rates = (['requestsPerMinute', 'low', 'peak'] as const).filter((key) => demand[key] !== undefined);
  if (demand.trace !== undefined)
    return rates.map((key) =>
      issue(['demand', key], `demand.trace says ${key} already: leave one of both out`, { at: 'key' }),
    );
  return demand.requestsPerMinute !== undefined
    ? []
    : [
        issue(['demand', 'requestsPerMinute'], 'demand needs either requestsPerMinute or trace', {
          allowed: ['requestsPerMinute', 'trace'],
          at: 'key',
        }),
      ];
};

export const overridesAreKnownTypes: CrossRule = ({ prices = [] }) => {
  const seen = new Set<string>();
  return prices.flatMap(({ instanceType }, i) => {
    const path = ['prices', i, 'instanceType'];
    if (seen.has(instanceType)) return [issue(path, `${instanceType} has two prices`)];
    seen.add(instanceType);
    return instanceOf('ec2', instanceType) || instanceOf('sagemaker', instanceType)
      ? []
      : [issue(path, `no instance type "${instanceType}" is known; local cores have no price per hour`)];
  });
};

export const localNeedsLocalModel: CrossRule = ({ model, targets }) =>
  isAddress(model.source) && targets.some((entry) => entry.local !== undefined)
    ? [issue(['model', 'source'], 'the local target reads the model from this machine: give a path')]
    : [];

export const crossRules: readonly CrossRule[] = [
  cloudNeedsRegion,
  demandIsRatesOrTrace,
  demandInOrder,
  overridesAreKnownTypes,
  localNeedsLocalModel,
  adaptiveIssues,
];
