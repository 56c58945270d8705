import { Annotations, type Duration, type Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { FallbackPool } from '../constructs/endpoint-capacity-fallback.ts';
import type { EndpointRollout } from '../constructs/endpoint-rollout.ts';
import type { InferenceEndpoint } from '../constructs/inference-endpoint.ts';
import type { InstanceService } from '../constructs/instance-service.ts';
import type { ModelData } from '../constructs/model-data.ts';
import type { ModelImage } from '../constructs/model-image.ts';
import type { ServiceAlarms } from '../constructs/service-alarms.ts';
import type { TrackedLoad } from '../constructs/tracked-load.ts';
import type { Configuration } from '../core/plan/plan.ts';
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { deployable } from './deployable.ts';
import { type InstanceProductionOptions, productionOnEcs } from './production-on-ecs.ts';
import { productionOnSageMaker } from './production-on-sagemaker.ts';
import { ZonedStack } from './zoned-stack.ts';

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
   * The model's files as prepared for the chosen configuration. On EC2 a new version needs a new key: it replaces the
   * instances before a new image replaces the tasks; where model and image need each other, put the one into the other.
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
   * What the container runs as, on SageMaker; gets the grants it needs.
   *
   * @default - a new role
   */
  readonly role?: IRole;
  /**
   * Network of the containers; on EC2 of the load balancer too, and the instances must reach S3, ECR, ECS and CloudWatch
   * Logs through it.
   *
   * @default - SageMaker's own network; on EC2 a new one without a way to the internet, about 88 USD a month in us-east-1
   */
  readonly vpc?: IVpc;
  /**
   * Subnets of the VPC.
   *
   * @default - private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * Security groups of the container, on SageMaker.
   *
   * @default - a new one without ingress, when there is a VPC
   */
  readonly securityGroups?: ISecurityGroup[];
  /**
   * Key of the instances' volume; not for families with local NVMe, such as g4dn.
   *
   * @default - SageMaker's own key, or the account's for EBS
   */
  readonly volumeKey?: IKey;
  /**
   * SSM parameter that callers read the endpoint's name or address from: both change with the instance type.
   *
   * @default /infersweep/<stack name>/endpoint-name, or …/endpoint-url on EC2
   */
  readonly endpointParameterName?: string;
  /**
   * How an update replaces the fleet on SageMaker, beside the recommendation's SLO and minimum.
   *
   * @default - 20 % of the new fleet first, ten minutes watched
   */
  readonly rollout?: Omit<EndpointRollout, 'slo' | 'minimumInstances'>;
  /**
   * Instance types that SageMaker is to take when the chosen one cannot be had: named here, or `measured`, those of the experiment that run
   * the same configuration on the same hardware inside the SLO. Needs a quota of each, and costs what runs.
   *
   * @default - none
   */
  readonly capacityFallback?: 'measured' | readonly FallbackPool[];
  /**
   * Instances of the chosen type that the account may run, less what others use. Caps the fleet.
   *
   * @default - unknown, and said so
   */
  readonly quotaInstances?: number;
  /**
   * What scaling holds on SageMaker, for example the requests at once that the server counted during the trials.
   *
   * @default - the recommendation's requests per instance and minute
   */
  readonly track?: TrackedLoad;
  /**
   * How often SageMaker publishes metrics; anything but the default costs per-instance metrics.
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
  /**
   * What only a fleet of EC2 instances can be told.
   *
   * @default - none
   */
  readonly instances?: InstanceProductionOptions;
}

/** Settings that mean nothing on EC2. */
const SAGEMAKER_ONLY = [
  'role',
  'securityGroups',
  'rollout',
  'capacityFallback',
  'track',
  'metricFrequency',
] as const satisfies readonly (keyof ProductionStackProps)[];

/** The winner of an experiment in production, on the target that won. */
export class ProductionStack extends ZonedStack {
  /** Where SageMaker serves; null on EC2. */
  readonly endpoint: InferenceEndpoint | null = null;
  /** What serves on EC2 instances; null on SageMaker. */
  readonly service: InstanceService | null = null;
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
        refuseSettings(props, ['instances'], configuration);
        const { endpoint, alarms } = productionOnSageMaker(this, found, props);
        this.endpoint = endpoint;
        this.alarms = alarms;
        break;
      }
      case 'ec2': {
        refuseSettings(props, SAGEMAKER_ONLY, configuration);
        const { service, alarms } = productionOnEcs(this, found, props);
        this.service = service;
        this.alarms = alarms;
        break;
      }
      default:
        throw new Error(`${configuration.id}: there is no production on ${configuration.target}.`);
    }
    Tags.of(this).add('infersweep:experiment', recommendation.experiment);
    Tags.of(this).add('infersweep:configuration', configuration.id);
    if (recommendation.promotion) Tags.of(this).add('infersweep:promoted-from', recommendation.promotion.run);
    passOnDoubts(this, recommendation);
  }
}

function refuseSettings(
  props: ProductionStackProps,
  foreign: readonly (keyof ProductionStackProps)[],
  { id, target }: Configuration,
): void {
  const given = foreign.filter((key) => props[key] !== undefined);
  if (given.length === 0) return;
  throw new Error(`${given.join(', ')}: not for production on ${target}, which the chosen ${id} needs. Leave it out.`);
}

/** Whoever deploys an open question should see it; acknowledge the warning to accept it. */
function passOnDoubts(stack: Stack, { verdict, sentence, warnings }: Recommendation): void {
  if (verdict === 'undecided') Annotations.of(stack).addWarningV2('infersweep:undecided', sentence);
  for (const warning of warnings) Annotations.of(stack).addInfo(warning);
}
