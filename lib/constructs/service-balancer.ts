import { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  SslPolicy,
  TargetGroupLoadBalancingAlgorithmType,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** Options of the load balancer that a service passes on. */
export interface ServiceBalancerOptions {
  /**
   * Certificate of the name by which callers reach the service. With it HTTP is redirected to HTTPS.
   *
   * @default - plain HTTP
   */
  readonly certificate?: ICertificate;
  /**
   * Whether the load balancer has public addresses; needs public subnets.
   *
   * @default false
   */
  readonly internetFacing?: boolean;
  /**
   * Bucket for one line per request, encrypted by S3's own keys (the load balancer takes no other). The stack must know
   * its region (`env`), for each has a writer of its own.
   *
   * @default - no access logs
   */
  readonly accessLogsBucket?: IBucket;
  /**
   * How long a task that leaves may finish its requests.
   *
   * @default 30 s
   */
  readonly deregistrationDelay?: Duration;
}

export interface ServiceBalancerProps extends ServiceBalancerOptions {
  readonly vpc: IVpc;
  /** Port of the tasks. */
  readonly port: number;
  /** Path that answers 200 once requests may come. */
  readonly healthCheckPath: string;
}

/** Spreads requests over tasks, to the one with the fewest in flight. Nobody may call it until `connections` says so. */
export class ServiceBalancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly targetGroup: ApplicationTargetGroup;
  /** Address for callers; the certificate is for a name of theirs. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: ServiceBalancerProps) {
    super(scope, id);
    const { vpc, certificate } = props;
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      internetFacing: props.internetFacing ?? false,
      dropInvalidHeaderFields: true,
    });
    if (props.accessLogsBucket) this.loadBalancer.logAccessLogs(props.accessLogsBucket);
    this.targetGroup = new ApplicationTargetGroup(this, 'Targets', {
      vpc,
      port: props.port,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      // Round robin queues on one task while another idles.
      loadBalancingAlgorithmType: TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      // The default of 300 s would be paid for at every scale-in.
      deregistrationDelay: props.deregistrationDelay ?? Duration.seconds(30),
      healthCheck: {
        path: props.healthCheckPath,
        healthyHttpCodes: '200',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        // One passed check is enough for a new target; two make a recovered one sure.
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
    const forward = ListenerAction.forward([this.targetGroup]);
    const secure = ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true });
    this.loadBalancer.addListener('Http', { port: 80, open: false, defaultAction: certificate ? secure : forward });
    if (certificate) {
      this.loadBalancer.addListener('Https', {
        port: 443,
        open: false,
        certificates: [certificate],
        sslPolicy: SslPolicy.RECOMMENDED_TLS,
        defaultAction: forward,
      });
    }
    this.url = `${certificate ? 'https' : 'http'}://${this.loadBalancer.loadBalancerDnsName}`;
  }
}
