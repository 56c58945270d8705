/** What the deployment test deploys: the app as a user would call it. */
export interface Deployment {
  name: string;
  /** `-c key=value` of the app. */
  context: Record<string, string>;
  /** CloudFormation parameters. */
  parameters: Record<string, string>;
}

const parameters = {
  Image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/server@sha256:${'0'.repeat(64)}`,
  ModelBucket: 'models',
  ModelKey: 'model.tar.gz',
};

export const deployments: Deployment[] = [{ name: 'default', context: {}, parameters }];
