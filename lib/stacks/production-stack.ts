import { Annotations, CfnOutput, Duration, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { EndpointScaling } from '../constructs/endpoint-scaling.ts';
import { InferenceEndpoint } from '../constructs/inference-endpoint.ts';
import { InferenceModel } from '../constructs/inference-model.ts';
import type { ModelData } from '../constructs/model-data.ts';
import type { ModelImage } from '../constructs/model-image.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { deployable } from './deployable.ts';
import { fleetCost, scalingEvidence } from './evidence.ts';
import { hostImage, imageParameter, modelParameters, runtimeEnvironment } from './production-inputs.ts';

export interface ProductionStackProps extends StackProps {
  /** What to deploy: the document that `infersweep recommend` makes. */
  readonly recommendation: Recommendation;
  /**
   * Image of the model server: the one that was measured.
   *
   * @default - the CloudFormation parameter `Image`, asked for at deployment
   */
  readonly image?: ModelImage;
  /**
   * The model's files as prepared for the chosen configuration.
   *
   * @default - the CloudFormation parameters `ModelBucket` and `ModelKey`, asked for at deployment
   */
  readonly modelData?: ModelData;
  /**
   * Environment of the container, beside what the runtime needs.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;
  /**
   * What the container runs as; gets the grants it needs.
   *
   * @default - a new role
   */
  readonly role?: IRole;
  /**
   * VPC of the container.
   *
   * @default - SageMaker's own network
   */
  readonly vpc?: IVpc;
  /**
   * Subnets of the VPC.
   *
   * @default - private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * Security groups of the container.
   *
   * @default - a new one without ingress, when there is a VPC
   */
  readonly securityGroups?: ISecurityGroup[];
  /**
   * Key of the instances' volume; not for families with local NVMe, such as g4dn.
   *
   * @default - SageMaker's own key
   */
  readonly volumeKey?: IKey;
  /**
   * SSM parameter that callers read the endpoint's name from; the name changes with the instance type.
   *
   * @default /infersweep/<stack name>/endpoint-name
   */
  readonly endpointParameterName?: string;
}

/** The winner of an experiment on a SageMaker endpoint that scales by the measured capacity. */
export class ProductionStack extends Stack {
  readonly endpoint: InferenceEndpoint;

  constructor(scope: Construct, id: string, { recommendation, ...props }: ProductionStackProps) {
    const found = deployable(recommendation);
    const { configuration, scaling } = found;
    super(scope, id, {
      description: `infersweep production: ${configuration.id} of ${recommendation.experiment}`,
      ...props,
    });

    const model = new InferenceModel(this, 'Model', {
      image: props.image ?? imageParameter(this),
      modelData: props.modelData ?? modelParameters(this),
      environment: { ...runtimeEnvironment(configuration), ...props.environment },
      role: props.role,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
    });
    this.endpoint = new InferenceEndpoint(this, 'Endpoint', {
      model,
      instanceType: configuration.instanceType,
      initialInstanceCount: scaling.initialCapacity,
      inferenceAmiVersion: hostImage(configuration),
      volumeKey: props.volumeKey,
    });
    const policy = new EndpointScaling(this, 'Scaling', {
      endpoint: this.endpoint,
      invocationsPerInstance: scaling.targetValue,
      minCapacity: scaling.minCapacity,
      maxCapacity: scaling.maxCapacity,
      scaleOutCooldown: Duration.seconds(scaling.scaleOutCooldownS),
      scaleInCooldown: Duration.seconds(scaling.scaleInCooldownS),
      evidence: scalingEvidence(recommendation, found),
    });
    const published = new StringParameter(this, 'EndpointName', {
      parameterName: props.endpointParameterName ?? `/infersweep/${this.stackName}/endpoint-name`,
      stringValue: this.endpoint.endpointName,
      description: `Endpoint that serves ${configuration.id} of ${recommendation.experiment}`,
    });

    const output = (key: string, value: string, description: string) =>
      new CfnOutput(this, `${key}Output`, { key, value, description });
    output('EndpointName', this.endpoint.endpointName, 'Endpoint that takes the requests');
    output('EndpointNameParameter', published.parameterName, 'SSM parameter that callers read the endpoint name from');
    output('ScalingPolicy', `${scaling.minCapacity}..${scaling.maxCapacity} instances`, policy.description);
    output('FleetCost', fleetCost(recommendation), 'Of the fleet that serves the expected demand at the target');
    Tags.of(this).add('infersweep:experiment', recommendation.experiment);
    Tags.of(this).add('infersweep:configuration', configuration.id);
    passOnDoubts(this, recommendation);
  }
}

/** Whoever deploys an open question should see it; acknowledge the warning to accept it. */
function passOnDoubts(stack: Stack, { verdict, sentence, warnings }: Recommendation): void {
  if (verdict === 'undecided') Annotations.of(stack).addWarningV2('infersweep:undecided', sentence);
  for (const warning of warnings) Annotations.of(stack).addInfo(warning);
}
