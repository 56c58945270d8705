import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { IsolatedVpc } from '../../lib/constructs/isolated-vpc.ts';

describe('IsolatedVpc', () => {
  const stack = new Stack(new App({ context: { '@aws-cdk/aws-ec2:restrictDefaultSecurityGroup': true } }), 'Test');
  new IsolatedVpc(stack, 'Network');
  const template = Template.fromStack(stack);

  it('has no way to the internet and pays for no gateway', () => {
    for (const type of ['InternetGateway', 'NatGateway', 'EIP', 'Route'])
      template.resourceCountIs(`AWS::EC2::${type}`, 0);
    template.resourceCountIs('AWS::EC2::Subnet', 2);
  });

  it('reaches what an instance of ECS needs, and pays for nothing more', () => {
    const endpoints = Object.values(template.findResources('AWS::EC2::VPCEndpoint')).map((e) => e['Properties']);
    const name = ({ ServiceName }: { ServiceName: unknown }) =>
      typeof ServiceName === 'string'
        ? ServiceName
        : (ServiceName as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].at(-1);
    expect(endpoints.filter((e) => e.VpcEndpointType === 'Gateway').map(name)).toEqual(['.s3']);
    expect(
      endpoints
        .filter((e) => e.VpcEndpointType === 'Interface')
        .map(name)
        .sort(),
    ).toEqual(['.ecr.api', '.ecr.dkr', '.ecs', '.ecs-agent', '.ecs-telemetry', '.logs']);
  });

  it('says what that costs', () => {
    Annotations.fromStack(stack).hasInfo('*', Match.stringLikeRegexp('6 interface endpoints in 2 zones: 87.60 USD'));
    const three = new Stack(new App(), 'Three');
    const availabilityZones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
    new IsolatedVpc(three, 'Network', { availabilityZones });
    Annotations.fromStack(three).hasInfo('*', Match.stringLikeRegexp('in 3 zones: 131.40 USD'));
  });

  it('lets nobody to the endpoints until told', () => {
    expect(JSON.stringify(template.findResources('AWS::EC2::SecurityGroup'))).not.toContain('SecurityGroupIngress');
  });

  it('needs no function with a role', () => {
    template.resourceCountIs('AWS::IAM::Role', 0);
    template.resourceCountIs('AWS::Lambda::Function', 0);
  });
});
