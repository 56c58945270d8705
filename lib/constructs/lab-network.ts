import { Annotations, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { endpointCost } from '../core/cost/endpoint-cost.ts';

/** A network that is there already. */
export interface ExistingNetwork {
  readonly vpc: IVpc;
  /**
   * Where hosts and load generators go. They must reach ECR, S3, CloudWatch Logs and SageMaker Runtime.
   *
   * @default - the VPC's private subnets, as of `selectSubnets`
   */
  readonly vpcSubnets?: SubnetSelection;
  /** Whether what runs there needs a public address to reach AWS: true in public subnets. */
  readonly assignPublicIp: boolean;
  /**
   * Whether what runs there also reaches what a controller calls: STS, SSM, EC2, ECS, SageMaker, Scheduler, DynamoDB.
   *
   * @default true
   */
  readonly reachesControlPlanes?: boolean;
}

/**
 * `public`: public subnets, no NAT gateway, no ingress; nothing to pay until something runs (then 0.005 USD per address
 * and hour). `isolated`: no way out but endpoints, which cost by the hour whether used or not. Or a network of one's own.
 */
export type NetworkChoice = 'public' | 'isolated' | ExistingNetwork;

export interface LabNetworkProps {
  /**
   * @default 'public'
   */
  readonly network?: NetworkChoice;
  /**
   * Zones of a new network. More of them find g4dn and inf1 more often, which not every zone has; in an isolated
   * network each one is paid for.
   *
   * @default 3
   */
  readonly maxAzs?: number;
  /**
   * Whether a new network logs its flows for a month: 0.50 USD per GB of log, and load tests make many.
   *
   * @default false
   */
  readonly flowLogs?: boolean;
}

/** Private, so that any network may have it that is connected to no other. */
const CIDR = '10.0.0.0/16';

/** All that hosts and load generators call. SageMaker's control plane and ECS are called from outside the network. */
const interfaceServices = {
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  SageMakerRuntime: InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME,
};

/** Where trials and load generators run. It fits as `network` of another stack. */
export class LabNetwork extends Construct implements ExistingNetwork {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  readonly assignPublicIp: boolean;
  readonly reachesControlPlanes: boolean;
  /** What the network costs while nothing runs in it, in a sentence. */
  readonly idleCost: string;

  constructor(scope: Construct, id: string, props: LabNetworkProps = {}) {
    super(scope, id);
    const network = props.network ?? 'public';
    if (typeof network === 'object') {
      this.vpc = network.vpc;
      this.vpcSubnets = network.vpcSubnets ?? {};
      this.assignPublicIp = network.assignPublicIp;
      this.reachesControlPlanes = network.reachesControlPlanes ?? true;
      this.idleCost = 'the network is not of this stack';
      return;
    }
    const open = network === 'public';
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(CIDR),
      maxAzs: props.maxAzs ?? 3,
      natGateways: 0,
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: [
        {
          name: open ? 'Public' : 'Isolated',
          subnetType: open ? SubnetType.PUBLIC : SubnetType.PRIVATE_ISOLATED,
          cidrMask: 20,
          ...(open ? { mapPublicIpOnLaunch: true } : {}),
        },
      ],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    this.vpc = vpc;
    this.vpcSubnets = { subnetType: open ? SubnetType.PUBLIC : SubnetType.PRIVATE_ISOLATED };
    this.assignPublicIp = open;
    // Six more endpoints would cost more than all the rest, for a task that is rarely needed.
    this.reachesControlPlanes = open;
    this.idleCost = open ? '0 USD per month idle: no NAT gateway, no interface endpoint' : addEndpoints(vpc);
    Annotations.of(this).addInfo(`network ${network}: ${this.idleCost}.`);
    if (props.flowLogs) addFlowLogs(vpc);
  }
}

function addEndpoints(vpc: Vpc): string {
  const securityGroup = new SecurityGroup(vpc, 'Endpoints', {
    vpc,
    description: 'Interface endpoints: HTTPS from inside the network',
    allowAllOutbound: false,
  });
  securityGroup.addIngressRule(Peer.ipv4(CIDR), Port.tcp(443), 'Hosts and load generators');
  for (const [id, service] of Object.entries(interfaceServices))
    vpc.addInterfaceEndpoint(id, { service, securityGroups: [securityGroup], open: false });
  const { region } = Stack.of(vpc);
  const zones = vpc.availabilityZones.length;
  return endpointCost(Object.keys(interfaceServices).length, zones, Token.isUnresolved(region) ? null : region);
}

function addFlowLogs(vpc: Vpc): void {
  const logs = new LogGroup(vpc, 'FlowLogs', {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  vpc.addFlowLog('Flows', { destination: FlowLogDestination.toCloudWatchLogs(logs) });
}
