"""Asks each resource's own service whether it is there: `look_up.py TEMPLATE STACK IDS`.

IDS is a file of {logical id: identifiers}: written when the stack exists, read once CloudFormation has forgotten it.
A resource is present when its own service lists every one of its identifiers, letter by letter.
Prints one JSON object per line: {"logicalId", "type", "present", "retained"}.
"""

from __future__ import annotations

import functools
import json
import pathlib
import sys
from collections.abc import Callable, Iterable
from typing import Any

import boto3
from botocore.exceptions import ClientError


@functools.cache
def client(service: str) -> Any:
    return boto3.client(service)


def pages(service: str, operation: str, key: str, **arguments: Any) -> Iterable[Any]:
    api = client(service)
    if api.can_paginate(operation):
        for page in api.get_paginator(operation).paginate(**arguments):
            yield from page.get(key) or []
    else:
        yield from getattr(api, operation)(**arguments).get(key) or []


def listing(service: str, operation: str, key: str, *fields: str, **arguments: Any) -> Callable[[], set[str]]:
    """Every identifier that one list call gives, under any of the names that CloudFormation may use for it."""

    def ids() -> set[str]:
        found: set[str] = set()
        for item in pages(service, operation, key, **arguments):
            found |= {item} if isinstance(item, str) else {str(item[f]) for f in fields if item.get(f)}
        return found

    return ids


def of_each(outer: Callable[[], Iterable[Any]], inner: Callable[[Any], Iterable[str]]) -> Callable[[], set[str]]:
    return lambda: {identifier for item in outer() for identifier in inner(item)}


def buckets() -> list[str]:
    return [b["Name"] for b in client("s3").list_buckets()["Buckets"]]


def answers(call: Callable[[], Any]) -> bool:
    try:
        call()
        return True
    except ClientError:
        return False


def instances() -> list[Any]:
    return [i for r in pages("ec2", "describe_instances", "Reservations") for i in r["Instances"]]


def load_balancers() -> list[str]:
    return [lb["LoadBalancerArn"] for lb in pages("elbv2", "describe_load_balancers", "LoadBalancers")]


def clusters() -> list[str]:
    return list(pages("ecs", "list_clusters", "clusterArns"))


def role_policies(role: dict[str, Any]) -> list[str]:
    name = role["RoleName"]
    return [f"{name}~{policy}" for policy in pages("iam", "list_role_policies", "PolicyNames", RoleName=name)]


def functions() -> list[Any]:
    return list(pages("lambda", "list_functions", "Functions"))


def scaling(operation: str, key: str, *fields: str) -> Callable[[], set[str]]:
    return of_each(
        lambda: ("sagemaker", "ecs"),
        lambda namespace: listing("application-autoscaling", operation, key, *fields, ServiceNamespace=namespace)(),
    )


def route_tables() -> list[Any]:
    return list(pages("ec2", "describe_route_tables", "RouteTables"))


def routes() -> set[str]:
    """Those that lead out; each table has a local one of its own accord."""
    return {
        f"{table['RouteTableId']}~{route.get('DestinationCidrBlock')}"
        for table in route_tables()
        for route in table["Routes"]
        if route.get("GatewayId", "local") != "local" or route.get("NatGatewayId")
    }


def associations() -> set[str]:
    return {a["RouteTableAssociationId"] for table in route_tables() for a in table["Associations"]}


def attached_vpcs() -> set[str]:
    gateways = pages("ec2", "describe_internet_gateways", "InternetGateways")
    return {a["VpcId"] for g in gateways for a in g["Attachments"]}


def peer(rule: dict[str, Any]) -> str:
    return rule.get("CidrIpv4") or rule.get("ReferencedGroupInfo", {}).get("GroupId", "")


def security_group_rules(egress: bool) -> set[str]:
    rules = pages("ec2", "describe_security_group_rules", "SecurityGroupRules")
    return {
        f"{r['GroupId']}~{r.get('FromPort')}~{r.get('ToPort')}~{peer(r)}" for r in rules if r["IsEgress"] == egress
    }


def permissions(function: dict[str, Any]) -> list[str]:
    name = function["FunctionName"]
    if not answers(lambda: client("lambda").get_policy(FunctionName=name)):
        return []
    statements = json.loads(client("lambda").get_policy(FunctionName=name)["Policy"])["Statement"]
    return [f"{name}~{s['Action']}~{s['Principal']['Service']}" for s in statements]


def own_policy(topic: str) -> bool:
    """AWS gives every topic a policy; only another one was set."""
    policy = client("sns").get_topic_attributes(TopicArn=topic)["Attributes"].get("Policy", "{}")
    return json.loads(policy).get("Id") != "__default_policy_ID"


def queues() -> list[str]:
    return list(pages("sqs", "list_queues", "QueueUrls"))


def queue_name(url: str) -> str:
    return url.rsplit("/", 1)[-1]


#: One listing per type, from the service that owns it.
LISTINGS: dict[str, Callable[[], set[str]]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": scaling(
        "describe_scalable_targets", "ScalableTargets", "ResourceId", "ScalableTargetARN"
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": scaling("describe_scaling_policies", "ScalingPolicies", "PolicyARN"),
    "AWS::AutoScaling::AutoScalingGroup": listing(
        "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"
    ),
    "AWS::AutoScaling::LifecycleHook": of_each(
        lambda: [g["AutoScalingGroupName"] for g in pages("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups")],
        lambda name: [
            h["LifecycleHookName"]
            for h in client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
        ],
    ),
    "AWS::AutoScaling::WarmPool": of_each(
        lambda: [g["AutoScalingGroupName"] for g in pages("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups")],
        lambda name: [name] if client("autoscaling").describe_warm_pool(AutoScalingGroupName=name).get("WarmPoolConfiguration") else [],
    ),
    "AWS::Budgets::Budget": listing("budgets", "describe_budgets", "Budgets", "BudgetName", AccountId="123456789012"),
    "AWS::CloudWatch::Alarm": listing("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName", "AlarmArn"),
    "AWS::CloudWatch::CompositeAlarm": listing(
        "cloudwatch", "describe_alarms", "CompositeAlarms", "AlarmName", "AlarmArn", AlarmTypes=["CompositeAlarm"]
    ),
    "AWS::CloudWatch::Dashboard": listing("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "AWS::CodeBuild::Project": listing("codebuild", "list_projects", "projects"),
    "AWS::DynamoDB::GlobalTable": listing("dynamodb", "list_tables", "TableNames"),
    "AWS::DynamoDB::Table": listing("dynamodb", "list_tables", "TableNames"),
    "AWS::EC2::EIP": listing("ec2", "describe_addresses", "Addresses", "PublicIp"),
    "AWS::EC2::FlowLog": listing("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    "AWS::EC2::InternetGateway": listing("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "AWS::EC2::LaunchTemplate": listing("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"),
    "AWS::EC2::NatGateway": listing("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "AWS::EC2::Route": routes,
    "AWS::EC2::RouteTable": listing("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    "AWS::EC2::SecurityGroup": listing("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "AWS::EC2::SecurityGroupEgress": lambda: security_group_rules(egress=True),
    "AWS::EC2::SecurityGroupIngress": lambda: security_group_rules(egress=False),
    "AWS::EC2::Subnet": listing("ec2", "describe_subnets", "Subnets", "SubnetId"),
    "AWS::EC2::SubnetRouteTableAssociation": associations,
    "AWS::EC2::VPC": listing("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    "AWS::EC2::VPCEndpoint": listing("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "AWS::EC2::VPCGatewayAttachment": attached_vpcs,
    "AWS::ECR::Repository": listing("ecr", "describe_repositories", "repositories", "repositoryName", "repositoryArn"),
    "AWS::ECS::CapacityProvider": lambda: {
        p["name"] for p in client("ecs").describe_capacity_providers()["capacityProviders"]
    },
    "AWS::ECS::Cluster": of_each(clusters, lambda arn: [arn, arn.split("/")[-1]]),
    "AWS::ECS::ClusterCapacityProviderAssociations": lambda: {
        c["clusterName"]
        for c in client("ecs").describe_clusters(clusters=clusters())["clusters"]
        if c.get("capacityProviders")
    },
    "AWS::ECS::Service": of_each(clusters, lambda arn: pages("ecs", "list_services", "serviceArns", cluster=arn)),
    "AWS::ECS::TaskDefinition": listing("ecs", "list_task_definitions", "taskDefinitionArns"),
    "AWS::ElasticLoadBalancingV2::Listener": of_each(
        load_balancers,
        lambda arn: [i["ListenerArn"] for i in pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn)],
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": of_each(load_balancers, lambda arn: [arn]),
    "AWS::ElasticLoadBalancingV2::TargetGroup": listing(
        "elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn"
    ),
    "AWS::Events::Rule": listing("events", "list_rules", "Rules", "Name", "Arn"),
    "AWS::IAM::InstanceProfile": listing("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    "AWS::IAM::ManagedPolicy": listing("iam", "list_policies", "Policies", "Arn", Scope="Local"),
    "AWS::IAM::Policy": of_each(lambda: pages("iam", "list_roles", "Roles"), role_policies),
    "AWS::IAM::Role": listing("iam", "list_roles", "Roles", "RoleName"),
    "AWS::KMS::Alias": listing("kms", "list_aliases", "Aliases", "AliasName"),
    "AWS::KMS::Key": lambda: {
        k["KeyId"]
        for k in pages("kms", "list_keys", "Keys")
        if client("kms").describe_key(KeyId=k["KeyId"])["KeyMetadata"]["KeyState"] != "PendingDeletion"
    },
    "AWS::Lambda::Alias": of_each(
        functions,
        lambda f: [a["AliasArn"] for a in client("lambda").list_aliases(FunctionName=f["FunctionName"])["Aliases"]],
    ),
    "AWS::Lambda::Function": of_each(functions, lambda f: [f["FunctionName"], f["FunctionArn"]]),
    "AWS::Lambda::Permission": of_each(functions, permissions),
    "AWS::Lambda::Version": of_each(
        functions,
        lambda f: [
            v["FunctionArn"]
            for v in pages("lambda", "list_versions_by_function", "Versions", FunctionName=f["FunctionName"])
        ],
    ),
    "AWS::Logs::LogGroup": listing("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "AWS::S3::Bucket": lambda: set(buckets()),
    "AWS::S3::BucketPolicy": lambda: {
        b for b in buckets() if answers(lambda b=b: client("s3").get_bucket_policy(Bucket=b))
    },
    "AWS::SNS::Subscription": listing("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    "AWS::SNS::Topic": listing("sns", "list_topics", "Topics", "TopicArn"),
    "AWS::SNS::TopicPolicy": lambda: {
        t["TopicArn"] for t in pages("sns", "list_topics", "Topics") if own_policy(t["TopicArn"])
    },
    "AWS::SQS::Queue": lambda: {queue_name(url) for url in queues()},
    "AWS::SQS::QueuePolicy": lambda: {
        queue_name(url)
        for url in queues()
        if client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes")
    },
    "AWS::SSM::Parameter": listing("ssm", "describe_parameters", "Parameters", "Name"),
    "AWS::SageMaker::Endpoint": listing("sagemaker", "list_endpoints", "Endpoints", "EndpointName", "EndpointArn"),
    "AWS::SageMaker::EndpointConfig": listing(
        "sagemaker", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", "EndpointConfigArn"
    ),
    "AWS::SageMaker::Model": listing("sagemaker", "list_models", "Models", "ModelName", "ModelArn"),
    "AWS::Scheduler::Schedule": listing("scheduler", "list_schedules", "Schedules", "Name", "Arn"),
    "AWS::Scheduler::ScheduleGroup": listing("scheduler", "list_schedule_groups", "ScheduleGroups", "Name", "Arn"),
    "AWS::SecretsManager::Secret": listing("secretsmanager", "list_secrets", "SecretList", "ARN", "Name"),
}
#: They exist only inside CloudFormation: what they do is asserted on the template and on the function behind them.
WITHOUT_SERVICE = ("AWS::CloudFormation::CustomResource", "Custom::")

#: Where moto's physical id is not what the service lists: the identifier made from the resolved properties.
IDENTIFIERS: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "AWS::EC2::SecurityGroupEgress": lambda p: [
        f"{p['GroupId']}~{p.get('FromPort')}~{p.get('ToPort')}~{p.get('CidrIp') or p.get('DestinationSecurityGroupId')}"
    ],
    "AWS::EC2::SecurityGroupIngress": lambda p: [
        f"{p['GroupId']}~{p.get('FromPort')}~{p.get('ToPort')}~{p.get('CidrIp') or p.get('SourceSecurityGroupId')}"
    ],
    "AWS::IAM::Policy": lambda p: [f"{role}~{p['PolicyName']}" for role in p["Roles"]],
    "AWS::Lambda::Permission": lambda p: [f"{p['FunctionName']}~{p['Action']}~{p['Principal']}"],
    "AWS::S3::BucketPolicy": lambda p: [p["Bucket"]],
    "AWS::SNS::TopicPolicy": lambda p: p["Topics"],
    "AWS::SQS::QueuePolicy": lambda p: [queue_name(url) for url in p["Queues"]],
}


def resolved(value: Any, ids: dict[str, str], exports: dict[str, str]) -> Any:
    """References as physical ids, which is what the identifiers above are made of."""
    if isinstance(value, list):
        return [resolved(v, ids, exports) for v in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return ids.get(value["Ref"], value["Ref"])
    if "Fn::GetAtt" in value:
        return ids.get(value["Fn::GetAtt"][0], "")
    if "Fn::ImportValue" in value:
        return exports.get(value["Fn::ImportValue"], "")
    return {k: resolved(v, ids, exports) for k, v in value.items()}


def identifiers(stack: str, resources: dict[str, Any]) -> dict[str, list[str]]:
    summaries = pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack)
    ids = {s["LogicalResourceId"]: s.get("PhysicalResourceId") or "" for s in summaries}
    exports = {e["Name"]: e["Value"] for e in pages("cloudformation", "list_exports", "Exports")}
    found = {}
    for logical, resource in resources.items():
        kind = resource["Type"]
        if kind in IDENTIFIERS:
            found[logical] = IDENTIFIERS[kind](resolved(resource["Properties"], ids, exports))
        else:
            physical = ids.get(logical, "")
            found[logical] = [queue_name(physical) if kind == "AWS::SQS::Queue" else physical]
    return found


def is_listed(identifiers: list[str], listed: set[str]) -> bool:
    return bool(identifiers) and all(i != "" and i in listed for i in identifiers)


def main(template_file: str, stack: str, ids_file: str) -> None:
    resources = json.loads(pathlib.Path(template_file).read_text())["Resources"]
    remembered = pathlib.Path(ids_file)
    if not remembered.exists():
        remembered.write_text(json.dumps(identifiers(stack, resources)))
    known = json.loads(remembered.read_text())
    listings: dict[str, set[str]] = {}
    for logical, resource in resources.items():
        kind = resource["Type"]
        if kind == "AWS::CDK::Metadata":
            continue
        if kind.startswith(WITHOUT_SERVICE):
            present = False
        elif kind not in LISTINGS:
            raise SystemExit(f"{template_file}: {logical}: no listing for {kind}; add one to {__file__}")
        else:
            if kind not in listings:
                listings[kind] = LISTINGS[kind]()
            present = is_listed(known[logical], listings[kind])
        # A version is kept when a newer one is deployed, and goes with its function when the stack does.
        deleted = kind == "AWS::Lambda::Version"
        retained = not deleted and resource.get("DeletionPolicy", "Delete") not in ("Delete", "RetainExceptOnCreate")
        print(json.dumps({"logicalId": logical, "type": kind, "present": present, "retained": retained}))


if __name__ == "__main__":
    main(*sys.argv[1:])
