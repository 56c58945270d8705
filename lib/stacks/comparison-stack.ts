import { CfnOutput, Duration, type Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { BoundedTraffic, type TrafficSettings, utc } from '../constructs/bounded-traffic.ts';
import { ComparisonDashboard } from '../constructs/comparison-dashboard.ts';
import { EndpointExpiry } from '../constructs/endpoint-expiry.ts';
import { InferenceEndpoint } from '../constructs/inference-endpoint.ts';
import { InferenceModel } from '../constructs/inference-model.ts';
import type { ModelData } from '../constructs/model-data.ts';
import type { ModelImage } from '../constructs/model-image.ts';
import { inferenceAmiOf } from '../core/catalog/host.ts';
import type { Slo } from '../core/recommend/goal.ts';
import { tidy } from '../core/scale/tidy.ts';
import { assertComparable, type ComparedConfiguration } from './compared.ts';
import { imageParameter, modelParameters, runtimeEnvironment } from './production-inputs.ts';
import { ZonedStack } from './zoned-stack.ts';

export interface ComparisonStackProps extends StackProps {
  /** Name of the experiment that the configurations come from. */
  readonly experiment: string;
  /** Two to five of them, for example by `comparedConfigurations`. */
  readonly configurations: readonly ComparedConfiguration[];
  /** The limit drawn over all of them. */
  readonly slo: Slo;
  /** The same load on each, once. */
  readonly traffic: TrafficSettings;
  /** When the endpoints are deleted, RFC 3339 in UTC, at most a week after the traffic's start. */
  readonly expiresAt: string;
  /**
   * Image of the model servers that name none of their own.
   *
   * @default - the CloudFormation parameter `Image`, asked for at deployment
   */
  readonly image?: ModelImage;
  /**
   * Model of the configurations that name none of their own.
   *
   * @default - the CloudFormation parameters `ModelBucket` and `ModelKey`, asked for at deployment
   */
  readonly modelData?: ModelData;
}

const WEEK_MS = 7 * 24 * 3600 * 1000;

/**
 * The best configurations of an experiment side by side under the same traffic, on one dashboard, for a set time. Their
 * fleets neither scale nor fall back to other instance types: what is compared must be what is named.
 */
export class ComparisonStack extends ZonedStack {
  /** In the order of `configurations`. */
  readonly endpoints: readonly InferenceEndpoint[];
  readonly traffic: BoundedTraffic;

  constructor(scope: Construct, id: string, props: ComparisonStackProps) {
    const { experiment, configurations, slo, traffic, expiresAt: expiry, image, modelData, ...stackProps } = props;
    assertComparable(configurations);
    super(scope, id, {
      description: `infersweep comparison of ${configurations.length} from ${experiment}`,
      ...stackProps,
    });
    const expiresAt = utc('expiresAt', expiry);
    const shared = sharedInputs(this, props);

    this.endpoints = configurations.map((compared, at) => {
      const { configuration } = compared;
      const side = new Construct(this, `Side${at}`);
      // The bill is split by this tag, once it is activated as a cost allocation tag.
      Tags.of(side).add('infersweep:configuration', configuration.id);
      const endpoint = new InferenceEndpoint(side, 'Endpoint', {
        model: new InferenceModel(side, 'Model', {
          image: compared.image ?? shared.image(),
          modelData: compared.modelData ?? shared.modelData(),
          environment: { ...runtimeEnvironment(configuration), ...compared.environment },
        }),
        instanceType: configuration.instanceType,
        initialInstanceCount: compared.instances,
        inferenceAmiVersion: inferenceAmiOf(configuration),
      });
      new EndpointExpiry(side, 'Expiry', { endpoint, expiresAt });
      return endpoint;
    });
    this.traffic = new BoundedTraffic(this, 'Traffic', {
      ...traffic,
      targets: this.endpoints.map((endpoint, at) => ({ name: `side${at}`, endpoint })),
    });
    assertExpiry(expiresAt, this.traffic.endsAt);

    const perHour = usdPerHour(configurations);
    new ComparisonDashboard(this, 'Dashboard', {
      title: `Comparison: ${experiment}`,
      slo,
      services: configurations.map((compared, at) => ({
        id: compared.configuration.id,
        endpoint: this.endpoints[at]!,
        instances: compared.instances,
        usdPerHour: compared.usdPerHour,
      })),
      notice:
        `${traffic.requestsPerMinute} requests per minute to each, from ${traffic.startsAt} for ${traffic.duration.toMinutes({ integral: false })} minutes. ` +
        `Endpoints are deleted at ${expiry}. Until then: ${perHour}. The bill follows by tag \`infersweep:configuration\`, a day later.`,
      // From the deployment, which comes before the traffic, to the end.
      span: Duration.minutes(
        Math.ceil((expiresAt.getTime() - utc('startsAt', traffic.startsAt).getTime()) / 60_000) + 120,
      ),
    });
    new CfnOutput(this, 'CostOutput', { key: 'Cost', value: perHour, description: `Until ${expiry}` });
    Tags.of(this).add('infersweep:experiment', experiment);
    // The guard's reaper ends what carries both, should the schedules fail.
    Tags.of(this).add('infersweep:run', `comparison-${experiment}`);
    Tags.of(this).add('infersweep:expires-at', expiry);
  }
}

/** Asked for once, and only where a configuration has none of its own. */
function sharedInputs(stack: Stack, { image, modelData }: ComparisonStackProps) {
  let [sharedImage, sharedData] = [image, modelData];
  return {
    image: () => (sharedImage ??= imageParameter(stack)),
    modelData: () => (sharedData ??= modelParameters(stack)),
  };
}

function usdPerHour(configurations: readonly ComparedConfiguration[]): string {
  const priced = configurations.filter((compared) => compared.usdPerHour !== null);
  const usd = tidy(priced.reduce((sum, { instances, usdPerHour: price }) => sum + instances * price!, 0));
  const rest = configurations.length - priced.length;
  return `${usd} USD per hour${rest === 0 ? '' : ` and ${rest} of unknown price`}`;
}

function assertExpiry(expiresAt: Date, endsAt: Date): void {
  const late = expiresAt.getTime() - endsAt.getTime();
  if (late >= 0 && late <= WEEK_MS) return;
  throw new Error(
    `expiresAt is ${expiresAt.toISOString()}, the traffic ends by ${endsAt.toISOString()}. The endpoints may be deleted then or up to a week later.`,
  );
}
