/** What the deployment test deploys: the app as a user would call it. */
import { account, region } from '../support/moto.ts';
import { comparisonDocument, ec2Document, IMAGE } from './documents.ts';

export interface Deployment {
  name: string;
  /** `-c key=value` of the app. @param folder for what is given by file */
  context(folder: string): Record<string, string>;
  /** Stacks, when not all of the app: the others stand already or are deployed the same elsewhere. */
  stack?: string;
  /** CloudFormation parameters of the production stack. */
  parameters: Record<string, string>;
}

const parameters = { Image: IMAGE, ModelBucket: 'models', ModelKey: 'model.tar.gz' };
const env = `${account}/${region}`;

const onInstances = (instanceType: string): Deployment => {
  const experiment = `on-${instanceType.split('.')[0]}`;
  return {
    name: experiment,
    context: (folder) => ({ env, recommendation: ec2Document(folder, experiment, instanceType) }),
    stack: `InfersweepProduction-${experiment}`,
    parameters,
  };
};

export const deployments: Deployment[] = [
  { name: 'default', context: () => ({ env }), parameters },
  { name: 'isolated', context: () => ({ env, network: 'isolated' }), parameters },
  onInstances('g4dn.xlarge'),
  onInstances('inf1.xlarge'),
  onInstances('c7g.4xlarge'),
  {
    name: 'comparison',
    context: (folder) => ({ env, comparison: comparisonDocument(folder) }),
    stack: 'InfersweepComparison-triton-instance-sweep',
    parameters: {},
  },
];
