"""moto's server with its known faults mended: each mend names what AWS does instead."""

from __future__ import annotations

from typing import Any

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


mend_parameter_tags()
main()
