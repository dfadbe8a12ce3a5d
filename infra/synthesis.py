"""From a stage and a package to a template, and from that to the snapshot that the local cloud reads."""

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from infra.node import choose_node
from infra.packaging import ROOT, Package
from infra.stage import Stage

Template = dict[str, Any]

SNAPSHOT = ROOT / "shared" / "ledgerpost" / "local" / "template.json"

FEATURE_FLAGS = {
    # One statement per grant, not one per call of a grant.
    "@aws-cdk/aws-iam:minimizePolicies": True,
    # Only rules of the same account may send to a target's queue.
    "@aws-cdk/aws-events:eventsTargetQueueSameAccount": True,
}
"""Given here and not in a `cdk.json`, so that the template is the same with and without the CDK's command line."""

_BOOTSTRAP_PARAMETER = "BootstrapVersion"

_ASSET_NAMES = {
    "AWS::Lambda::Function": ("Code", "functions.zip"),
    "AWS::Lambda::LayerVersion": ("Content", "layer.zip"),
}


def synthesize(stage: Stage, package: Package, output: Path, *, checked: bool = True) -> Template:
    """Write the cloud assembly of `stage` to `output` and give its template.

    Where `checked`, the rules of cdk-nag's pack AwsSolutions are asked too: a breach that nobody has argued for in the
    code ends the synthesis with an error, and `validation-report.json` in `output` names it.
    """
    choose_node()
    import aws_cdk as cdk  # noqa: PLC0415 - importing it starts Node, which must be chosen before
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415

    from infra.stack import LedgerpostStack  # noqa: PLC0415

    app = cdk.App(outdir=str(output), analytics_reporting=False, context=FEATURE_FLAGS)
    if checked:
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    stack = LedgerpostStack(app, stage, package)
    template: Template = app.synth().get_stack_by_name(stack.stack_name).template
    return template


def snapshot_of(template: Mapping[str, Any]) -> Template:
    """Give the template without what changes with every change of the code, and without the CDK's own bootstrapping:
    what is left changes only with the wiring.
    """
    snapshot = deepcopy(dict(template))
    snapshot["Parameters"] = {n: p for n, p in snapshot.get("Parameters", {}).items() if n != _BOOTSTRAP_PARAMETER}
    snapshot.pop("Rules", None)
    for resource in snapshot["Resources"].values():
        resource.pop("Metadata", None)
        if resource["Type"] in _ASSET_NAMES:
            field, name = _ASSET_NAMES[resource["Type"]]
            resource["Properties"][field] = {"S3Bucket": "assets", "S3Key": name}
    return snapshot


def rendered(snapshot: Template) -> str:
    """Give the text of the snapshot: sorted, so that a change shows as the lines that changed."""
    return json.dumps(snapshot, indent=2, sort_keys=True) + "\n"
