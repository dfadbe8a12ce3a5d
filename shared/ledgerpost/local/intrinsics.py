"""CloudFormation's intrinsic functions, resolved to the names, addresses and ARNs of the local cloud."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ledgerpost.errors import UsageError

ACCOUNT = "000000000000"
REGION = "us-east-1"

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "local",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/local/0",
}

_NAME_PROPERTIES = {
    "AWS::SQS::Queue": "QueueName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SecretsManager::Secret": "Name",
}

_ARN_FORMS = {
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::DynamoDB::GlobalTable": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::SecretsManager::Secret": "secretsmanager:{region}:{account}:secret:{name}",
}

_POINTS_AT_A_FUNCTION = frozenset({"AWS::Lambda::Alias", "AWS::Lambda::Version"})
_SUB_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


class Resolver:
    """The values of a template's expressions; raises UsageError(template_unsupported) for one it cannot resolve."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self._resources: Mapping[str, Any] = template.get("Resources", {})
        self._parameters: Mapping[str, Any] = template.get("Parameters", {})
        self._functions: dict[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::ImportValue": lambda operand, where: f"import:{self.value(operand, where)}",
        }

    def value(self, expression: Any, where: str) -> Any:
        """Give `expression` with every intrinsic function in it resolved; `where` names it in a refusal."""
        if isinstance(expression, list):
            return [self.value(each, where) for each in expression]
        if not isinstance(expression, Mapping):
            return expression
        if len(expression) == 1:
            ((name, operand),) = expression.items()
            if name in self._functions:
                return self._functions[name](operand, where)
            if name.startswith("Fn::") or name == "Condition":
                raise _unsupported(where, f"{name} is not known here")
        return {key: self.value(each, f"{where}.{key}") for key, each in expression.items()}

    def name_of(self, logical_id: str) -> str:
        """Give the resource's own name, else its logical id."""
        resource = self._resource(logical_id, logical_id)
        name_property = _NAME_PROPERTIES.get(resource["Type"])
        given = resource.get("Properties", {}).get(name_property) if name_property else None
        return str(self.value(given, logical_id)) if given is not None else logical_id

    def arn_of(self, logical_id: str) -> str:
        """Give the resource's ARN in the local cloud."""
        form = _ARN_FORMS.get(self._resource(logical_id, logical_id)["Type"], "local:{region}:{account}:{name}")
        return "arn:aws:" + form.format(region=REGION, account=ACCOUNT, name=self.name_of(logical_id))

    def url_of(self, logical_id: str) -> str:
        """Give the address of a queue in the local cloud; nothing is ever called there."""
        return f"https://sqs.{REGION}.localhost/{ACCOUNT}/{self.name_of(logical_id)}"

    def _resource(self, logical_id: str, where: str) -> Mapping[str, Any]:
        if logical_id not in self._resources:
            raise _unsupported(where, f"the template has no resource {logical_id}")
        resource: Mapping[str, Any] = self._resources[logical_id]
        return resource

    def _ref(self, name: str, where: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self._parameters:
            if "Default" not in self._parameters[name]:
                raise _unsupported(where, f"parameter {name} has no default")
            return self._parameters[name]["Default"]
        resource = self._resource(name, where)
        if resource["Type"] == "AWS::SQS::Queue":
            return self.url_of(name)
        if resource["Type"] == "AWS::SecretsManager::Secret":
            return self.arn_of(name)
        if resource["Type"] in _POINTS_AT_A_FUNCTION:
            return self.value(resource["Properties"]["FunctionName"], where)
        return self.name_of(name)

    def _get_att(self, operand: Any, where: str) -> str:
        logical_id, attribute = operand.split(".", 1) if isinstance(operand, str) else operand
        resource = self._resource(logical_id, where)
        if attribute == "Arn":
            return self.arn_of(logical_id)
        if attribute in ("QueueName", "Name"):
            return self.name_of(logical_id)
        if attribute == "QueueUrl" and resource["Type"] == "AWS::SQS::Queue":
            return self.url_of(logical_id)
        raise _unsupported(where, f"the attribute {attribute} of {logical_id} is not known here")

    def _sub(self, operand: Any, where: str) -> str:
        text, variables = operand if isinstance(operand, list) else (operand, {})

        def replaced(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return str(self.value(variables[name], where))
            return str(self._get_att(name, where) if "." in name else self._ref(name, where))

        return _SUB_VARIABLE.sub(replaced, text)

    def _join(self, operand: Any, where: str) -> str:
        separator, parts = operand
        return str(separator).join(str(self.value(part, where)) for part in parts)


def _unsupported(where: str, why: str) -> UsageError:
    return UsageError("template_unsupported", f"{where}: {why}.")
