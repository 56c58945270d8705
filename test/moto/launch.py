"""moto's server with its known faults mended: each mend names what AWS does instead."""

from __future__ import annotations

import uuid
from typing import Any

from moto.awslambda import models as awslambda
from moto.cloudformation import models as cloudformation
from moto.cloudformation import parsing
from moto.cloudformation.custom_model import CustomModel
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudwatch import models as cloudwatch
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.subnets import SubnetRouteTableAssociation
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ecs import models as ecs
from moto.elbv2 import models as elbv2
from moto.server import main
from moto.ssm import models as ssm


def mend_parameter_tags() -> None:
    """CloudFormation gives the tags of AWS::SSM::Parameter as a map; moto 5.2.5 reads only the list of the API."""
    original = ssm.Parameter.create_from_cloudformation_json.__func__

    def create(cls: Any, name: str, definition: Any, *rest: Any, **more: Any) -> Any:
        properties = dict(definition["Properties"])
        tags = properties.get("Tags")
        if isinstance(tags, dict):
            properties["Tags"] = [{"Key": k, "Value": v} for k, v in tags.items()]
        return original(cls, name, {**definition, "Properties": properties}, *rest, **more)

    ssm.Parameter.create_from_cloudformation_json = classmethod(create)


class NotModelled(CloudFormationModel):
    """Names a resource and makes nothing, so that the look-up in its service still finds it absent."""

    # moto files a model under the second part of its module's name.
    __module__ = "moto.cloudformation.not_modelled"

    def __init__(self, kind: str, name: str, account: str, region: str) -> None:
        self.physical_resource_id = name
        service = kind.split("::")[1].lower()
        self.arn = f"arn:aws:{service}:{region}:{account}:not-modelled/{name}"

    @staticmethod
    def cloudformation_type() -> str:
        return "not modelled"

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def create_from_cloudformation_json(
        cls, name: str, definition: Any, account: str, region: str, **_: Any
    ) -> NotModelled:
        return cls(definition["Type"], name, account, region)

    @classmethod
    def delete_from_cloudformation_json(cls, *_: Any) -> None:
        """There is nothing to delete."""

    def get_cfn_attribute(self, name: str) -> str:
        return self.arn if name == "Arn" else f"{self.arn}/{name}"


def mend_references_to_types_without_a_model() -> None:
    """moto leaves such a resource out, and refuses Fn::GetAtt of it as undefined; AWS knows every type of a template."""
    original = parsing.resource_class_from_type
    parsing.resource_class_from_type = lambda kind: original(kind) or NotModelled


def mend_custom_resources() -> None:
    """AWS runs the function and waits for its answer. moto runs functions in docker and waits for ever without it:
    here none runs, and the answer is taken as success. What they do is tested on the functions themselves."""

    def create(cls: Any, name: str, _: Any, __: str, region: str, **more: Any) -> CustomModel:
        resource = cls(region, str(uuid.uuid4()), more["LogicalId"], name)
        resource.set_data({})
        return resource

    CustomModel.create_from_cloudformation_json = classmethod(create)
    CustomModel.delete_from_cloudformation_json = classmethod(lambda *_: None)


def mend_termination_protection() -> None:
    """moto has no UpdateTerminationProtection and deletes a protected stack; AWS refuses with a ValidationError."""

    def update(self: Any) -> ActionResult:
        stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
        stack.enable_termination_protection = str(self._get_param("EnableTerminationProtection")).lower() == "true"
        return ActionResult({"StackId": stack.stack_id})

    CloudFormationResponse.update_termination_protection = update
    delete = cloudformation.CloudFormationBackend.delete_stack

    def refuse(self: Any, name: str) -> None:
        for stack in self.stacks.values():
            if name in (stack.name, stack.stack_id) and stack.enable_termination_protection:
                raise ValidationError(
                    message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
                )
        delete(self, name)

    cloudformation.CloudFormationBackend.delete_stack = refuse


def mend_outputs_of_change_sets() -> None:
    """A stack made by a change set, as the CDK makes every stack, has neither outputs nor exports in moto, and sees
    nobody's; on AWS it is like any other."""
    create, execute = (
        cloudformation.CloudFormationBackend.create_change_set,
        cloudformation.CloudFormationBackend.execute_change_set,
    )

    def see_exports(self: Any, *arguments: Any, **named: Any) -> tuple[str, str]:
        change_set, stack = create(self, *arguments, **named)
        self.stacks[stack].cross_stack_resources = self.exports
        self.stacks[stack].resource_map.cross_stack_resources = self.exports
        return change_set, stack

    def publish(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        execute(self, change_set_name, stack_name)
        stack = self.get_stack(stack_name or self.change_sets[change_set_name].stack_id)
        stack._parse_template()
        stack.output_map = stack._create_output_map()
        self.exports.update({export.name: export for export in stack.exports})

    cloudformation.CloudFormationBackend.create_change_set = see_exports
    cloudformation.CloudFormationBackend.execute_change_set = publish


def mend_missing_parameters() -> None:
    """moto answers 500 when a template's SSM parameter is not there, and the CDK tries for a minute; AWS says which."""
    original = parsing.ResourceMap.parse_ssm_parameter

    def parse(self: Any, name: str, kind: str) -> str:
        try:
            return original(self, name, kind)
        except AttributeError:
            raise ValidationError(message=f"Unable to fetch parameters [{name}] from parameter store") from None

    parsing.ResourceMap.parse_ssm_parameter = parse


def mend_target_group_names() -> None:
    """moto fails on Fn::GetAtt TargetGroupFullName, by which scaling and alarms name a target group."""

    def attribute(self: Any, name: str) -> str:
        return {"TargetGroupArn": self.arn, "TargetGroupName": self.name}.get(name) or self.arn.split(":")[-1]

    elbv2.FakeTargetGroup.get_cfn_attribute = attribute


def mend_dashboard_names() -> None:
    """moto knows a dashboard of a stack by a random id; on AWS its name identifies it."""
    cloudwatch.Dashboard.physical_resource_id = property(lambda self: self.name)


def mend_lambda_versions() -> None:
    """moto knows a version of a stack by its logical id and cannot Ref it; on AWS it is its ARN, number included."""
    original = awslambda.LambdaVersion.create_from_cloudformation_json.__func__

    def create(cls: Any, name: str, definition: Any, account: str, region: str, **more: Any) -> Any:
        version = original(cls, name, definition, account, region, **more)
        backend = awslambda.lambda_backends[account][region]
        function = definition["Properties"]["FunctionName"]
        version.physical_resource_id = next(
            v.function_arn for v in backend.list_versions_by_function(function) if v.version == version.version
        )
        return version

    awslambda.LambdaVersion.create_from_cloudformation_json = classmethod(create)


def mend_route_table_associations() -> None:
    """moto notes the association of a stack where no call of EC2 reads it, and knows it by its route table's id."""

    def create(cls: Any, _: str, definition: Any, account: str, region: str, **__: Any) -> Any:
        properties = definition["Properties"]
        table, subnet = properties["RouteTableId"], properties["SubnetId"]
        made = ec2_backends[account][region].associate_route_table(route_table_id=table, subnet_id=subnet)
        association = cls(table, subnet)
        association.association_id = made if isinstance(made, str) else made.id
        return association

    def delete(self: Any, account: str, region: str) -> None:
        ec2_backends[account][region].disassociate_route_table(self.association_id)

    SubnetRouteTableAssociation.create_from_cloudformation_json = classmethod(create)
    SubnetRouteTableAssociation.delete = delete
    SubnetRouteTableAssociation.physical_resource_id = property(lambda self: self.association_id)


def mend_listing_of_capacity_providers() -> None:
    """DescribeCapacityProviders without names lists them all; moto answers 500."""
    original = ecs.EC2ContainerServiceBackend.describe_capacity_providers

    def describe(self: Any, names: list[str] | None) -> Any:
        return original(self, names or list(self.capacity_providers))

    ecs.EC2ContainerServiceBackend.describe_capacity_providers = describe


def mend_deletion_of_route_tables() -> None:
    """moto leaves the route tables of a deleted stack behind, and so cannot delete its VPC."""
    RouteTable.delete = lambda self, account, region: ec2_backends[account][region].delete_route_table(self.id)


def mend_deletion_of_gateways() -> None:
    """moto leaves the internet gateway of a deleted stack behind, attached."""

    def delete(self: Any, account: str, region: str) -> None:
        backend = ec2_backends[account][region]
        if self.vpc is not None:
            backend.detach_internet_gateway(self.id, self.vpc.id)
        backend.delete_internet_gateway(self.id)

    InternetGateway.delete = delete


def mend_deletion_of_endpoints() -> None:
    """moto leaves the VPC endpoints of a deleted stack behind."""
    VPCEndPoint.delete = lambda self, account, region: ec2_backends[account][region].vpc_end_points.pop(self.id)


def mend_deletion_of_services() -> None:
    """Of a deleted stack moto leaves clusters, services, task definitions and target groups behind, active and listed."""

    def forget(of: str, key: Any) -> Any:
        return lambda self, account, region: getattr(ecs.ecs_backends[account][region], of).pop(key(self))

    ecs.Cluster.delete = forget("clusters", lambda cluster: cluster.name)
    ecs.Service.delete = forget("services", lambda service: f"{service.cluster_name}:{service.name}")
    ecs.TaskDefinition.delete = lambda self, account, region: ecs.ecs_backends[account][
        region
    ].deregister_task_definition(f"{self.family}:{self.revision}")
    elbv2.FakeTargetGroup.delete = lambda self, account, region: elbv2.elbv2_backends[account][
        region
    ].delete_target_group(self.arn)


mend_parameter_tags()
mend_deletion_of_services()
mend_deletion_of_endpoints()
mend_deletion_of_gateways()
mend_deletion_of_route_tables()
mend_route_table_associations()
mend_listing_of_capacity_providers()
mend_dashboard_names()
mend_lambda_versions()
mend_target_group_names()
mend_missing_parameters()
mend_outputs_of_change_sets()
mend_references_to_types_without_a_model()
mend_custom_resources()
mend_termination_protection()
main()
