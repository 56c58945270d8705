/** The durable functions of the lab: what they may do, what keeps running sweeps safe, what is alarmed. */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { DurableFunction } from '../../lib/constructs/durable-function.ts';
import { kitStacks } from '../support/kit-stacks.ts';
import { allowed, rendered, statementsOfRole } from '../support/rights.ts';

const { template: templates } = kitStacks();
const template = templates.lab;
const short = (line: string) =>
  line
    .replace(/<([a-zA-Z]+?)[0-9A-F]{8}(\.Arn)?>/g, '<$1>')
    .replace(/\{"Fn::ImportValue":"Guard:\w*?(Create|Delete)\w*"\}/g, '<$1>');
const functions = template.findResources('AWS::Lambda::Function', { Properties: { DurableConfig: Match.anyValue() } });
const ids = { group: /^SweepGroupFunction/, shard: /^SweepShardFunction/, sweep: /^SweepFunction/ };
const idOf = (name: keyof typeof ids) => Object.keys(functions).find((id) => ids[name].test(id))!;
const rightsOf = (name: keyof typeof ids) => {
  const role = functions[idOf(name)]!['Properties'].Role['Fn::GetAtt'][0];
  return allowed(statementsOfRole(template, role)).map(short);
};

describe('the sweep functions', () => {
  it('are three, durable, of Node 24 on Graviton, without a name', () => {
    expect(Object.keys(functions)).toHaveLength(3);
    for (const { Properties } of Object.values(functions)) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Timeout: 900,
        MemorySize: 512,
        DurableConfig: { ExecutionTimeout: 30 * 86_400, RetentionPeriodInDays: 30 },
      });
      expect(Properties.FunctionName).toBeUndefined();
    }
    const { lab: shorter } = kitStacks({ lab: { sweepTimeout: Duration.days(2) } }).template;
    shorter.resourcePropertiesCountIs('AWS::Lambda::Function', { DurableConfig: { ExecutionTimeout: 172_800 } }, 3);
  });

  it('keep their versions, to which running executions are bound', () => {
    const versions = Object.values(template.findResources('AWS::Lambda::Version'));
    expect(versions).toHaveLength(3);
    for (const version of versions) {
      expect(version).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
    template.resourceCountIs('AWS::Lambda::Alias', 0);
  });

  it('know the functions below them by version, and none above', () => {
    const known = (name: keyof typeof ids) =>
      JSON.parse(rendered(functions[idOf(name)]!['Properties'].Environment.Variables.WORKFLOW_FUNCTIONS));
    const version = (name: string) => expect.stringMatching(new RegExp(`^<Sweep${name}FunctionCurrentVersion\\w+>$`));
    expect(known('group')).toEqual({});
    expect(known('shard')).toEqual({ group: version('Group') });
    expect(known('sweep')).toEqual({ shard: version('Shard'), group: version('Group'), preparation: version('Group') });
  });

  const common = (name: string) => [
    `lambda:CheckpointDurableExecution on <${name}Function>:*`,
    `lambda:GetDurableExecutionState on <${name}Function>:*`,
    `logs:CreateLogStream on <${name}Log>`,
    `logs:PutLogEvents on <${name}Log>`,
    ...['guard', 'images/*', 'lab'].map(
      (parameter) =>
        `ssm:GetParameters on arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/infersweep/${parameter}`,
    ),
    'sts:AssumeRole on <Create>',
  ];
  it.each([
    ['group', 'SweepGroup', ['sts:AssumeRole on <Delete>']],
    ['shard', 'SweepShard', ['lambda:InvokeFunction on <SweepGroupFunction>:*']],
    [
      'sweep',
      'Sweep',
      [
        'lambda:InvokeFunction on <SweepGroupFunction>:*',
        'lambda:InvokeFunction on <SweepShardFunction>:*',
        'sts:AssumeRole on <Delete>',
      ],
    ],
  ] as const)(
    "of a %s read the site, take on Guard's roles, call below, and hold no other right themselves",
    (name, id, more) => {
      expect(rightsOf(name).sort()).toEqual([...common(id), ...more].sort());
    },
  );

  it('cannot be handed to anybody as a trial role, and are known to Guard by their path', () => {
    for (const { Properties } of Object.values(functions)) {
      const role = template.findResources('AWS::IAM::Role')[Properties.Role['Fn::GetAtt'][0]]!['Properties'];
      expect(role.Path).toBe('/infersweep-controllers/');
      expect(role.ManagedPolicyArns).toBeUndefined();
    }
  });
});

describe('alarms', () => {
  it.each([
    ['Failed', 'SUM', 'Sum', 0],
    ['TimedOut', 'SUM', 'Sum', 0],
    ['Stopped', 'SUM', 'Sum', 0],
    ['Operations', 'MAX', 'Maximum', 2_000],
  ])('speak when executions are %s, over all three functions', (name, fold, statistic, threshold) => {
    const metrics = ['m0', 'm1', 'm2'].map((Id, i) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Stat: statistic,
        Period: 300,
        Metric: {
          Namespace: 'AWS/Lambda',
          MetricName: `DurableExecution${name}`,
          Dimensions: [{ Name: 'FunctionName', Value: { Ref: idOf((['group', 'shard', 'sweep'] as const)[i]!) } }],
        },
      },
    }));
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ 'Fn::ImportValue': Match.stringLikeRegexp('^Guard:ExportsOutputRefAlarms') }],
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: `${fold}([FILL(m0, 0), FILL(m1, 0), FILL(m2, 0)])` }),
        ...metrics.map((m) => Match.objectLike(m)),
      ]),
    });
  });
});

describe('a durable function', () => {
  const make = (runtime?: Runtime) =>
    new DurableFunction(new Stack(new App(), 'S'), 'F', {
      description: 'd',
      code: Code.fromInline('exports.handler = () => {}'),
      runtime,
    });

  it.each([Runtime.NODEJS_20_X, Runtime.PYTHON_3_13])('of $name is refused when it is written down', (runtime) => {
    expect(() => make(runtime)).toThrow(/no durable executions.*nodejs22.x, nodejs24.x/);
  });

  it('of Node 22 is not', () => {
    expect(() => make(Runtime.NODEJS_22_X)).not.toThrow();
  });

  it('can be started, at any version, by whom it is granted', () => {
    const durable = make();
    const starter = new Role(Stack.of(durable), 'Starter', { assumedBy: new AccountRootPrincipal() });
    durable.grantStart(starter);
    const found = Template.fromStack(Stack.of(durable));
    const [id] = Object.keys(found.findResources('AWS::IAM::Role', { Properties: { Path: Match.absent() } })).filter(
      (i) => i.startsWith('Starter'),
    );
    expect(allowed(statementsOfRole(found, id!)).map(short)).toEqual(['lambda:InvokeFunction on <FFunction>:*']);
  });
});
