import { each, type Rule, shown } from '../rule.ts';

export const networkIsolation: Rule = {
  name: 'network-isolation',
  description: 'A model container reaches no network: the model comes from S3 and requests through SageMaker.',
  fix: 'Set EnableNetworkIsolation to true, or acknowledge the rule with what the server fetches at start-up.',
  check: (template) =>
    each(template, ['AWS::SageMaker::Model'], ({ EnableNetworkIsolation: isolated }) =>
      isolated === true
        ? []
        : [{ location: 'Properties.EnableNetworkIsolation', what: `EnableNetworkIsolation is ${shown(isolated)}` }],
    ),
};
