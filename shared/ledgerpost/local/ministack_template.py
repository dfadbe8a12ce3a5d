"""The stack's template as the emulator can run it: the same wiring, with this machine's code and packages behind it."""

import copy
import importlib.util
import io
import sysconfig
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Template = dict[str, Any]

NOT_EMULATED = frozenset({"AWS::Events::Archive", "AWS::Lambda::LayerVersion"})
"""What is left out. The emulator has no archive; the layer's wheels are those of Lambda's platform, not of this one."""

_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}

_EPOCH = (1980, 1, 1, 0, 0, 0)


def emulated(
    template: Mapping[str, Any],
    *,
    code: Mapping[str, str],
    variables: Mapping[str, str],
    properties: Mapping[str, Mapping[str, Any]],
) -> Template:
    """Give a copy of `template` for the emulator.

    `code` is where the functions' zip lies (`S3Bucket`, `S3Key`). `variables` are laid over every function's
    environment, `properties` over the resources that they name: another visibility or time-out, for a test.

    The emulator holds every call to the policies, and two things are put as it understands them: it speaks plain HTTP,
    on loopback, so no policy refuses that here; and it has an action of its own for a batch of messages.

    Raises KeyError for a resource that the template does not have.
    """
    made: Template = copy.deepcopy(dict(template))
    resources = made["Resources"]
    left_out = {name for name, resource in resources.items() if resource["Type"] in NOT_EMULATED}
    for name in left_out:
        del resources[name]
    made["Outputs"] = {
        name: output for name, output in made.get("Outputs", {}).items() if not _names_one_of(output["Value"], left_out)
    }
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Function":
            _run_here(resource["Properties"], code, variables)
        if "PolicyDocument" in resource.get("Properties", {}):
            _allow_here(resource["Properties"]["PolicyDocument"])
    for name, changes in properties.items():
        resources[name]["Properties"].update(changes)
    return made


def _names_one_of(value: Any, logical_ids: set[str]) -> bool:
    return isinstance(value, dict) and (value.get("Ref") or value.get("Fn::GetAtt", [""])[0]) in logical_ids


def _allow_here(policy: dict[str, Any]) -> None:
    policy["Statement"] = [each for each in policy["Statement"] if each.get("Condition") != _PLAIN_HTTP]
    for statement in policy["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if "sqs:SendMessage" in actions:
            # To IAM a batch is this same action; the emulator asks for one of that name, which IAM does not know.
            statement["Action"] = [*actions, "sqs:SendMessageBatch"]


def _run_here(function: dict[str, Any], code: Mapping[str, str], variables: Mapping[str, str]) -> None:
    function["Code"] = dict(code)
    function.pop("Layers", None)
    environment = function.setdefault("Environment", {}).setdefault("Variables", {})
    # The emulator runs a worker with its own interpreter; PYTHONPATH comes before that one's own packages.
    environment["PYTHONPATH"] = third_party_packages()
    environment.update(variables)


def third_party_packages() -> str:
    """Give the folder of this interpreter's installed packages, which stands in for the layer."""
    return sysconfig.get_paths()["purelib"]


SHIPPED_SUFFIXES = frozenset({".py", ".html", ".css", ".js"})
"""Python source, and what the console's pages are made of."""


def running_code() -> bytes:
    """Give a zip of the code that runs now, the packages `functions` and `ledgerpost`, as the artefact lays it out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for source, place in _sources():
            archive.writestr(zipfile.ZipInfo(place, _EPOCH), source.read_bytes())
    return buffer.getvalue()


def _sources() -> Iterator[tuple[Path, str]]:
    for package in ("functions", "ledgerpost"):
        spec = importlib.util.find_spec(package)
        assert spec is not None, f"{package} is importable where Ledgerpost runs"
        assert spec.origin is not None, f"{package} is a package with an __init__"
        folder = Path(spec.origin).parent
        for source in sorted(each for each in folder.rglob("*") if each.suffix in SHIPPED_SUFFIXES):
            yield source, (Path(package) / source.relative_to(folder)).as_posix()
