import { Annotations, type Duration, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { FallbackPool } from '../constructs/endpoint-capacity-fallback.ts';
import type { EndpointRollout } from '../constructs/endpoint-rollout.ts';
import type { InferenceEndpoint } from '../constructs/inference-endpoint.ts';
import type { ModelData } from '../constructs/model-data.ts';
import type { ModelImage } from '../constructs/model-image.ts';
import type { ServiceAlarms } from '../constructs/service-alarms.ts';
import type { TrackedLoad } from '../constructs/tracked-load.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { deployable } from './deployable.ts';
import { productionOnSageMaker } from './production-on-sagemaker.ts';

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
  /**
   * How an update replaces the fleet, beside the recommendation's SLO and minimum.
   *
   * @default - 20 % of the new fleet first, ten minutes watched
   */
  readonly rollout?: Omit<EndpointRollout, 'slo' | 'minimumInstances'>;
  /**
   * Instance types to take when the chosen one cannot be had: named here, or `measured`, those of the experiment that run
   * the same configuration on the same hardware inside the SLO. Needs a quota of each, and costs what runs.
   *
   * @default - none
   */
  readonly capacityFallback?: 'measured' | readonly FallbackPool[];
  /**
   * Instances of the chosen type that the account may run on endpoints, less what others use. Caps the fleet.
   *
   * @default - unknown, and said so
   */
  readonly quotaInstances?: number;
  /**
   * What scaling holds, for example the requests at once that the server counted during the trials.
   *
   * @default - the recommendation's requests per instance and minute
   */
  readonly track?: TrackedLoad;
  /**
   * How often metrics are published; anything but the default costs per-instance metrics.
   *
   * @default - every minute
   */
  readonly metricFrequency?: Duration;
  /**
   * Told of every alarm.
   *
   * @default - nobody
   */
  readonly alarmTopic?: ITopic;
}

/** The winner of an experiment in production, on the target that won. */
export class ProductionStack extends Stack {
  /** Where SageMaker serves; null on another target. */
  readonly endpoint: InferenceEndpoint | null;
  readonly alarms: ServiceAlarms;

  constructor(scope: Construct, id: string, props: ProductionStackProps) {
    const { recommendation, ...stackProps } = props;
    const found = deployable(recommendation);
    const { configuration } = found;
    super(scope, id, {
      description: `infersweep production: ${configuration.id} of ${recommendation.experiment}`,
      ...stackProps,
    });
    switch (configuration.target) {
      case 'sagemaker': {
        const { endpoint, alarms } = productionOnSageMaker(this, found, props);
        this.endpoint = endpoint;
        this.alarms = alarms;
        break;
      }
      default:
        throw new Error(`${configuration.id}: there is no production on ${configuration.target}.`);
    }
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
