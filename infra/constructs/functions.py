"""One Lambda function: its own role, its own log group, and the environment that its settings class asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.encryption import EncryptionKey
from infra.constructs.log_groups import stage_log
from infra.constructs.logical_id import named
from infra.packaging import Package
from infra.stage import FunctionNumbers, Stage
from ledgerpost.settings import FunctionSettings

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64

SettingValue = str | bool | int | float | tuple[float, ...]
"""What a setting may be set to; a string may also be a reference that CloudFormation resolves."""


class PackagedCode(Construct):
    """The one artefact and the one layer that all functions share."""

    def __init__(self, scope: Construct, construct_id: str, package: Package) -> None:
        """Take the zips as they are; nothing is built here."""
        super().__init__(scope, construct_id)
        self.code = lambda_.Code.from_asset(str(package.functions))
        self.layer = lambda_.LayerVersion(
            self,
            "Dependencies",
            code=lambda_.Code.from_asset(str(package.layer)),
            description="Third-party packages of Ledgerpost's functions.",
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )
        named(self.layer, "DependencyLayer")
        self._login = package.login_layer

    def login_layer(self) -> lambda_.LayerVersion:
        """Give the layer of the console's sign-in; it is made where it is asked for, once."""
        layer = lambda_.LayerVersion(
            self,
            "LoginDependencies",
            code=lambda_.Code.from_asset(str(self._login)),
            description="What verifies the tokens of the console's sign-in.",
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )
        return named(layer, "LoginLayer")


def _passed_on(log_level: str) -> lambda_.ApplicationLogLevel:
    """Give the level that Lambda lets through: what a function writes is at its own level already, and a line of
    metrics has none and counts as INFO. Source: AWS Lambda, "Log-level filtering".
    """
    return lambda_.ApplicationLogLevel.DEBUG if log_level == "DEBUG" else lambda_.ApplicationLogLevel.INFO


@dataclass(frozen=True, slots=True)
class FunctionFactory:
    """What all functions of a stack have in common."""

    stage: Stage
    key: EncryptionKey
    packaged: PackagedCode

    def create(
        self,
        scope: Construct,
        name: str,
        *,
        numbers: FunctionNumbers,
        settings: type[FunctionSettings],
        values: Mapping[str, SettingValue],
        description: str,
    ) -> lambda_.Function:
        """Give the function `<name>Function` that runs `functions/<name>/handler.py`, the folder's name in snake case.

        It logs at the stage's level. Raises ValueError where `values` lacks another field of `settings` or has one too
        many.
        """
        log_group = stage_log(scope, f"{name}Log", self.stage, self.key)
        function = lambda_.Function(
            scope,
            f"{name}Function",
            description=description,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=self.packaged.code,
            layers=[self.packaged.layer],
            handler=f"functions.{_folder_of(name)}.handler.lambda_handler",
            timeout=cdk.Duration.seconds(numbers.timeout_s),
            memory_size=numbers.memory_mib,
            environment=environment_of(settings, {**values, "log_level": self.stage.log_level}),
            role=_role(scope, name, log_group),
            log_group=log_group,
            # Only with JSON may Lambda's own lines be left out: three for each invocation, which its metrics tell too.
            # One that failed or was cut off is still told of. What a function writes is JSON, and passes as it is.
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=_passed_on(self.stage.log_level),
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
        )
        acknowledge(
            function,
            "L1",
            "python3.13 is supported by Lambda until 2029, and it is what the layer is built for and the tests run on. "
            "A newer runtime is taken when both can be had for it.",
        )
        return named(function, f"{name}Function")


def _folder_of(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _role(scope: Construct, name: str, log_group: logs.LogGroup) -> iam.Role:
    """Give a role that may write its own log; the managed policy for it would reach every log of the account."""
    role = iam.Role(
        scope,
        f"{name}Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=f"What Ledgerpost's {name.lower()} function may do.",
    )
    log_group.grant_write(role)
    return named(role, f"{name}Role")


def role_of(function: lambda_.Function) -> iam.IRole:
    """Give the role that `function` runs in; the library knows functions without one, the factory makes none."""
    assert function.role is not None, "every function has its own role"
    return function.role


def environment_of(settings: type[FunctionSettings], values: Mapping[str, SettingValue]) -> dict[str, str]:
    """Give the environment variables of a function, each field of its settings class set and nothing else.

    A default is not relied on: what a stage runs with is to be read in its template. Raises ValueError naming the
    fields that are missing or unknown.
    """
    known = {field.name for field in fields(settings)}
    missing, unknown = sorted(known - values.keys()), sorted(values.keys() - known)
    if missing or unknown:
        raise ValueError(f"{settings.__name__}: missing {missing}, unknown {unknown}.")
    return {field.name.upper(): _text(values[field.name]) for field in fields(settings)}


def _text(value: SettingValue) -> str:
    """Write a value as `FunctionSettings.from_environment` reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return str(value)
