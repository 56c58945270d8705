/** The controller's task of the lab: what it is, what it may do, who may start it, and where there is none. */
import { Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { CpuArchitecture } from 'aws-cdk-lib/aws-ecs';
import type { IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { type Lab, labSchema } from '../../lib/core/catalog/lab.ts';
import { type KitOptions, kitStacks } from '../support/kit-stacks.ts';
import { allowed, rendered, statementsOfRole } from '../support/rights.ts';
import type { Statement } from '../support/templates.ts';

const { lab, template: templates } = kitStacks();
const template = templates.lab;
const short = (line: string) =>
  line
    .replace(/<([a-zA-Z]+?)[0-9A-F]{8}(\.\w+)?>/g, '<$1>')
    .replace(/\{"Fn::ImportValue":"Guard:\w*?(Create|Delete)\w*"\}/g, '<$1>');

function only(found: Template, type: string, pattern: RegExp) {
  const all = Object.entries(found.findResources(type)).filter(([id]) => pattern.test(id));
  expect(all).toHaveLength(1);
  return { id: all[0]![0], properties: all[0]![1]['Properties'] };
}

function published(o: KitOptions['lab']): Lab {
  const { properties } = only(kitStacks({ lab: o }).template.lab, 'AWS::SSM::Parameter', /^Lab/);
  return labSchema.parse(JSON.parse(rendered(properties.Value).replace(/\{"Fn::ImportValue":"([^"]+)"\}/g, '<$1>')));
}

const task = only(template, 'AWS::ECS::TaskDefinition', /^Controller/).properties;
const loadTask = only(template, 'AWS::ECS::TaskDefinition', /^Load/).properties;

describe('the controller', () => {
  it('is a small task of the load generator’s image, without root, without a writable file system, without capabilities', () => {
    expect(task).toMatchObject({
      Cpu: '512',
      Memory: '1024',
      RequiresCompatibilities: ['FARGATE'],
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
    expect(task.ContainerDefinitions).toHaveLength(1);
    expect(task.ContainerDefinitions[0]).toMatchObject({
      Name: 'controller',
      EntryPoint: ['node', '/opt/kit/load/controller.mjs'],
      User: '1000',
      ReadonlyRootFilesystem: true,
      StopTimeout: 120,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
      MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false }],
      LogConfiguration: { LogDriver: 'awslogs', Options: { mode: 'non-blocking' } },
    });
    expect(task.ContainerDefinitions[0].PortMappings).toBeUndefined();
    expect(task.ContainerDefinitions[0].Image).toEqual(loadTask.ContainerDefinitions[0].Image);
    const intel = kitStacks({ lab: { loadGeneratorCpu: CpuArchitecture.X86_64 } }).template.lab;
    intel.resourcePropertiesCountIs('AWS::ECS::TaskDefinition', { RuntimePlatform: { CpuArchitecture: 'X86_64' } }, 2);
  });

  it('runs nowhere by itself: no service, no rule, no schedule', () => {
    for (const type of ['ECS::Service', 'Events::Rule', 'Scheduler::Schedule'])
      template.resourceCountIs(`AWS::${type}`, 0);
  });

  it("reads the site, takes on Guard's roles, and holds no other right itself", () => {
    const role = task.TaskRoleArn['Fn::GetAtt'][0];
    expect(allowed(statementsOfRole(template, role)).map(short)).toEqual([
      ...['guard', 'images/*', 'lab'].map(
        (parameter) =>
          `ssm:GetParameters on arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/infersweep/${parameter}`,
      ),
      'sts:AssumeRole on <Create>',
      'sts:AssumeRole on <Delete>',
    ]);
    const { Path, ManagedPolicyArns, AssumeRolePolicyDocument } =
      template.findResources('AWS::IAM::Role')[role]!['Properties'];
    expect([Path, ManagedPolicyArns]).toEqual(['/infersweep-controllers/', undefined]);
    expect(AssumeRolePolicyDocument.Statement).toMatchObject([{ Principal: { Service: 'ecs-tasks.amazonaws.com' } }]);
  });

  it('reaches AWS by HTTPS, and nothing reaches it', () => {
    const { properties } = only(template, 'AWS::EC2::SecurityGroup', /^Controller/);
    expect(properties.SecurityGroupIngress).toBeUndefined();
    expect(properties.SecurityGroupEgress).toMatchObject([{ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 }]);
    const own = only(template, 'AWS::EC2::SecurityGroup', /^Controller/).id;
    for (const kind of ['Ingress', 'Egress'])
      for (const rule of Object.values(template.findResources(`AWS::EC2::SecurityGroup${kind}`)))
        expect(JSON.stringify(rule)).not.toContain(own);
  });

  it('can be started by whom it is granted, in its cluster, tagged as of a run', () => {
    const statements: Statement[] = [];
    const addToPrincipalPolicy = (statement: PolicyStatement) => {
      statements.push(lab.resolve(statement.toStatementJson()));
      return { statementAdded: true };
    };
    lab.controller!.grantStart({ grantPrincipal: { addToPrincipalPolicy } } as unknown as IGrantable);
    expect(allowed(statements).map(short)).toEqual([
      'ecs:RunTask on <ControllerTask>',
      'ecs:TagResource on arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<LoadCluster>/*',
      'iam:PassRole on <ControllerTaskRole>',
      'iam:PassRole on <LoadExecutionRole>',
    ]);
    const tagged = {
      Null: { 'aws:RequestTag/infersweep:run': 'false', 'aws:RequestTag/infersweep:expires-at': 'false' },
    };
    expect(statements.map(({ Condition }) => Condition)).toEqual([
      { ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': [expect.stringMatching(/^LoadCluster/), 'Arn'] } }, ...tagged },
      { StringEquals: { 'ecs:CreateAction': 'RunTask' }, ...tagged },
      { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    ]);
  });

  it("is not to be started by Guard's role that creates, which would have the one that deletes by it", () => {
    const { properties } = only(template, 'AWS::IAM::Policy', /^CreatePolicy/);
    expect(JSON.stringify(properties.PolicyDocument)).not.toContain('Controller');
  });

  it('is published with what it is billed for', () => {
    expect(published({}).controllerTask).toMatchObject({
      container: 'controller',
      vcpu: 0.5,
      memoryGib: 1,
      architecture: 'arm64',
    });
  });
});

describe('which carriers a lab has', () => {
  it('in an isolated network, is durable functions: a controller would not reach AWS', () => {
    const { controllerTask, sweep } = published({ network: 'isolated' });
    expect([controllerTask, sweep]).toEqual([null, { start: expect.anything(), group: expect.anything() }]);
  });

  it('in a region without durable functions, is the controller, and nothing is alarmed that is not there', () => {
    const { controllerTask, sweep } = published({ durable: false });
    expect([controllerTask, sweep]).toEqual([expect.anything(), null]);
    const without = kitStacks({ lab: { durable: false } }).template.lab;
    without.resourcePropertiesCountIs('AWS::Lambda::Function', { DurableConfig: Match.anyValue() }, 0);
    without.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  it('is never none', () => {
    expect(() => kitStacks({ lab: { durable: false, network: 'isolated' } })).toThrow(/nothing that drives sweeps/);
  });

  it('are those of the stack that was made', () => {
    expect(lab.sweep).not.toBeNull();
    expect(Stack.of(lab.controller!)).toBe(lab);
  });
});
