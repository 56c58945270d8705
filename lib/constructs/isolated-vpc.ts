import { Annotations, Stack, Token } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  type IConnectable,
  type InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { endpointCost } from '../core/cost/endpoint-cost.ts';

export interface IsolatedVpcProps {
  /**
   * Availability zones to use. inf1 and g4dn are not offered in every zone: name those that have the type
   * (`aws ec2 describe-instance-type-offerings --location-type availability-zone`).
   *
   * @default - two, of AWS's choice
   */
  readonly availabilityZones?: string[];
}

const SERVICES = {
  Ecs: InterfaceVpcEndpointAwsService.ECS,
  EcsAgent: InterfaceVpcEndpointAwsService.ECS_AGENT,
  EcsTelemetry: InterfaceVpcEndpointAwsService.ECS_TELEMETRY,
  Ecr: InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
};

/**
 * A network without a way to the internet: what instances of ECS need of AWS comes through endpoints. S3 is free of
 * charge and carries the bulk (image layers, models). The six interface endpoints cost 0.01 USD per zone and hour in
 * us-east-1: 6 x 2 x 730 h = 87.60 USD a month, and 0.01 USD per GB. A NAT gateway per zone would cost 65.70 USD a month,
 * 0.045 USD for every GB of image, and open the way out.
 */
export class IsolatedVpc extends Construct {
  readonly vpc: Vpc;

  private readonly endpoints: InterfaceVpcEndpoint[];

  constructor(scope: Construct, id: string, { availabilityZones }: IsolatedVpcProps = {}) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      ...(availabilityZones ? { availabilityZones } : { maxAzs: 2 }),
      natGateways: 0,
      subnetConfiguration: [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED }],
      // Nothing joins the default group, and emptying it would take a function with a role of its own.
      restrictDefaultSecurityGroup: false,
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    });
    this.endpoints = Object.entries(SERVICES).map(([name, service]) =>
      this.vpc.addInterfaceEndpoint(name, { service, open: false }),
    );
    const zones = this.vpc.availabilityZones.length;
    const { region } = Stack.of(this);
    const cost = endpointCost(this.endpoints.length, zones, Token.isUnresolved(region) ? null : region);
    Annotations.of(this).addInfo(`${cost}, whatever runs. A VPC of your own spares them.`);
  }

  /** Lets instances reach the endpoints. */
  letIn(instances: IConnectable): void {
    for (const endpoint of this.endpoints) endpoint.connections.allowDefaultPortFrom(instances);
  }
}
