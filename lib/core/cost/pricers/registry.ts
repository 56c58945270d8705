/** The function that knows what a resource type is charged for. */
import { cluster, service, taskDefinition } from './containers.ts';
import { freeTypes } from './free.ts';
import { autoScalingGroup, instance, volume } from './instances.ts';
import { elasticIp, loadBalancer, natGateway, vpcEndpoint } from './network.ts';
import { alarm, compositeAlarm, dashboard, logGroup, metricFilter, scalingPolicy } from './observability.ts';
import { free, type Pricer, unknown } from './pricer.ts';
import { endpoint } from './sagemaker.ts';
import * as usage from './usage.ts';

const pricers: Readonly<Record<string, Pricer>> = {
  'AWS::SageMaker::Endpoint': endpoint,
  'AWS::AutoScaling::AutoScalingGroup': autoScalingGroup,
  'AWS::EC2::Instance': instance,
  'AWS::EC2::Volume': volume,
  'AWS::EC2::NatGateway': natGateway,
  'AWS::EC2::EIP': elasticIp,
  'AWS::EC2::VPCEndpoint': vpcEndpoint,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancer,
  'AWS::ECS::Service': service,
  'AWS::ECS::TaskDefinition': taskDefinition,
  'AWS::ECS::Cluster': cluster,
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::CompositeAlarm': compositeAlarm,
  'AWS::CloudWatch::Dashboard': dashboard,
  'AWS::ApplicationAutoScaling::ScalingPolicy': scalingPolicy,
  'AWS::AutoScaling::ScalingPolicy': scalingPolicy,
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Logs::MetricFilter': metricFilter,
  'AWS::Lambda::Function': usage.lambdaFunction,
  'AWS::Lambda::Version': usage.lambdaVersion,
  'AWS::Lambda::Alias': usage.lambdaVersion,
  'AWS::SSM::Parameter': usage.parameter,
  'AWS::DynamoDB::Table': usage.table,
  'AWS::DynamoDB::GlobalTable': usage.table,
  'AWS::S3::Bucket': usage.bucket,
  'AWS::ECR::Repository': usage.repository,
  'AWS::SQS::Queue': usage.queue,
  'AWS::SNS::Topic': usage.topic,
  'AWS::Scheduler::Schedule': usage.schedule,
  'AWS::Events::EventBus': usage.eventBus,
  'AWS::CodeBuild::Project': usage.buildProject,
  'AWS::KMS::Key': usage.key,
  'AWS::Budgets::Budget': usage.budget,
  'AWS::Budgets::BudgetsAction': usage.budgetAction,
};

const CUSTOM = /^(?:Custom::|AWS::CloudFormation::CustomResource$)/;

export function pricerOf(type: string): Pricer {
  const found = pricers[type];
  if (found) return found;
  const reason = freeTypes[type];
  if (reason !== undefined) return () => [free(reason)];
  if (CUSTOM.test(type)) return () => [free('calls its function at deployment; the function bills itself')];
  return () => [unknown(`nothing is known of what ${type} costs`)];
}

/** Types with an answer, for tests. */
export const knownTypes: readonly string[] = [...Object.keys(pricers), ...Object.keys(freeTypes)];
