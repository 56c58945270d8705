import { App, type Environment, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, it } from 'vitest';
import { LabNetwork, type LabNetworkProps } from '../../lib/constructs/lab-network.ts';
import { endpointCost } from '../../lib/core/cost/endpoint-cost.ts';
import { rendered } from '../support/rights.ts';

function networkWith(props: (stack: Stack) => LabNetworkProps = () => ({}), env?: Environment) {
  const stack = new Stack(new App(), 'Test', { env });
  const network = new LabNetwork(stack, 'Network', props(stack));
  return { stack, network, template: Template.fromStack(stack) };
}

const endpointsOf = (template: Template, kind: string) =>
  Object.values(template.findResources('AWS::EC2::VPCEndpoint'))
    .filter(({ Properties }) => Properties.VpcEndpointType === kind)
    .map(({ Properties }) => rendered(Properties.ServiceName).replace('com.amazonaws.<AWS::Region>.', ''))
    .sort();

describe.each(['public', 'isolated'] as const)('a %s network', (network) => {
  const { template } = networkWith(() => ({ network }));

  it('has no NAT gateway and a default security group that lets nothing through', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::EIP', 0);
    template.resourceCountIs('Custom::VpcRestrictDefaultSG', 1);
    template.hasResourceProperties('Custom::VpcRestrictDefaultSG', {
      DefaultSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('Vpc'), 'DefaultSecurityGroup'] },
    });
    for (const rule of Object.values(template.findResources('AWS::EC2::SecurityGroup')))
      expect(JSON.stringify(rule['Properties'].SecurityGroupIngress ?? [])).not.toContain('0.0.0.0/0');
  });

  it('reaches S3 and DynamoDB without paying for it', () => {
    expect(endpointsOf(template, 'Gateway')).toEqual(['dynamodb', 's3']);
  });
});

describe('a public network', () => {
  const { network, stack, template } = networkWith();

  it('is the default, gives public addresses, and costs nothing at rest', () => {
    expect(network.assignPublicIp).toBe(true);
    template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: true });
    expect(endpointsOf(template, 'Interface')).toEqual([]);
    template.resourceCountIs('AWS::EC2::FlowLog', 0);
    Annotations.fromStack(stack).hasInfo('*', Match.stringLikeRegexp('network public: 0 USD per month idle'));
  });

  it('logs its flows for a month when told to', () => {
    const logged = networkWith(() => ({ flowLogs: true })).template;
    logged.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL', LogDestinationType: 'cloud-watch-logs' });
    logged.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });
});

describe('an isolated network', () => {
  const { network, stack, template } = networkWith(() => ({ network: 'isolated' }));

  it('has no way out but the endpoints that hosts and load generators need', () => {
    template.resourceCountIs('AWS::EC2::InternetGateway', 0);
    template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
    expect(endpointsOf(template, 'Interface')).toEqual(['ecr.api', 'ecr.dkr', 'logs', 'sagemaker.runtime']);
    expect(network.assignPublicIp).toBe(false);
  });

  it('says before deployment what it costs at rest', () => {
    // 4 endpoints x 2 zones x 0.01 USD x 730 h
    expect(network.idleCost).toMatch(
      /^4 interface endpoints in 2 zones: 58.40 USD per month idle, at 0.01 USD .*us-east-1/,
    );
    Annotations.fromStack(stack).hasInfo('*', Match.stringLikeRegexp('network isolated: 4 interface .* 58.40 USD'));
  });

  it('has no price in a region of which none is known', () => {
    const env = { account: '123456789012', region: 'eu-west-1' };
    expect(networkWith(() => ({ network: 'isolated' }), env).network.idleCost).toMatch(
      /no sourced price of interface-endpoint in eu-west-1 is known/,
    );
    expect(endpointCost(4, 2, 'eu-west-1')).not.toContain('USD');
    expect(endpointCost(4, 3, 'us-east-1')).toContain('87.60 USD');
    expect(endpointCost(4, 2, null)).toContain('58.40 USD');
  });
});

describe('an existing network', () => {
  it('is used as it is', () => {
    let given: Vpc | undefined;
    const { network, template, stack } = networkWith((scope) => {
      given = new Vpc(scope, 'Given', { natGateways: 1, restrictDefaultSecurityGroup: false });
      return { network: { vpc: given, assignPublicIp: false } };
    });
    expect(network.vpc).toBe(given);
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
    Annotations.fromStack(stack).hasNoInfo('*', Match.anyValue());
  });

  it('may be that of another stack of the kit', () => {
    const app = new App();
    const first = new LabNetwork(new Stack(app, 'A'), 'Network');
    const second = new LabNetwork(new Stack(app, 'B'), 'Network', { network: first });
    expect([second.vpc, second.vpcSubnets, second.assignPublicIp]).toEqual([first.vpc, first.vpcSubnets, true]);
  });
});
