"""The template as it was deployed: its references are the emulator's names and ARNs, its roles have grants."""

from collections.abc import Mapping
from typing import Any

from ledgerpost.local.intrinsics import ACCOUNT, REGION, Resolver
from tests.integration.iam_policy import Grant, NotUnderstoodError, grants_of

_ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
}


class DeployedTemplate(Resolver):
    """Reads `template` with the names that its resources were given; `names` are these by logical id."""

    def __init__(self, template: Mapping[str, Any], names: Mapping[str, str]) -> None:
        super().__init__(template)
        self._template = template
        self._names = names

    def name_of(self, logical_id: str) -> str:
        """Give the deployed resource's name; of a queue, which goes by its address, the last part of that."""
        name = self._names[logical_id]
        return name.rsplit("/", 1)[-1] if name.startswith("http") else name

    def arn_of(self, logical_id: str) -> str:
        """Give the deployed resource's ARN."""
        kind = self._template["Resources"][logical_id]["Type"]
        if kind not in _ARNS:
            raise NotUnderstoodError(f"{logical_id}: the ARN of a {kind} is not known here.")
        return _ARNS[kind].format(region=REGION, account=ACCOUNT, name=self.name_of(logical_id))

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Give the properties of the resources of one type, unresolved, by logical id."""
        resources = self._template["Resources"].items()
        return {name: resource["Properties"] for name, resource in resources if resource["Type"] == kind}

    def with_arn(self, kind: str, arn: str) -> dict[str, Any]:
        """Give the properties of the resource of a type that has the ARN, an index's being its table's."""
        return next(
            properties
            for name, properties in self.of_type(kind).items()
            if arn == self.arn_of(name) or arn.startswith(f"{self.arn_of(name)}/")
        )

    def roles(self) -> dict[str, str]:
        """Give the role of each function, both by their logical ids."""
        functions = self.of_type("AWS::Lambda::Function").items()
        return {name: function["Role"]["Fn::GetAtt"][0] for name, function in functions}

    def grants(self, role: str) -> set[Grant]:
        """Give what a role is allowed by all of its policies."""
        refused = {"ManagedPolicyArns", "Policies", "PermissionsBoundary"} & self.of_type("AWS::IAM::Role")[role].keys()
        if refused:
            raise NotUnderstoodError(f"{role} has {sorted(refused)}, which is not read here.")
        return {
            grant
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Roles"]
            for grant in grants_of(self.value(policy["PolicyDocument"], role))
        }
