"""Logical ids that stay when the code around a resource moves: CloudFormation replaces what changes its id."""

from typing import TypeVar

import aws_cdk as cdk
from constructs import IConstruct

Resource = TypeVar("Resource", bound=IConstruct)


def named(resource: Resource, logical_id: str) -> Resource:
    """Give the resource under a logical id of its own, whatever construct it stands in; a test pins these ids."""
    element = resource.node.default_child
    if not isinstance(element, cdk.CfnElement):
        raise TypeError(f"{resource.node.path} has no CloudFormation resource to name.")
    element.override_logical_id(logical_id)
    return resource
