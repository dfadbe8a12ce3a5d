"""The AWS SDK's data, cut down to what the functions call: a client reads it all at its first use, in every container.

Left out: the services that no function calls, the endpoints of the others, and the prose and examples of the models.
What is left is read by botocore as it is; nothing of its code is touched.
"""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

AWS_SERVICES = frozenset({"dynamodb", "events", "s3", "secretsmanager", "sqs", "sts"})
"""The services whose models the layer keeps; botocore carries those of all, 25 MB."""

_LEFT_OUT = ("examples-1.json", "waiters-2.json")
"""Files of a service that no function reads: the second is asked for by `get_waiter` alone."""


def trim_sdk_data(packages: Path) -> None:
    """Cut the data of boto3 and botocore in `packages` down."""
    for library in ("boto3", "botocore"):
        for folder in (packages / library / "data").glob("*"):
            if folder.is_dir() and folder.name not in AWS_SERVICES:
                shutil.rmtree(folder)
    data = packages / "botocore" / "data"
    for name in _LEFT_OUT:
        for path in data.glob(f"*/*/{name}"):
            path.unlink()
    for model in data.glob("*/*/service-2.json.gz"):
        _without_prose(model)
    endpoints = data / "endpoints.json"
    if endpoints.is_file():
        _write_anew(endpoints, endpoints_of(AWS_SERVICES, json.loads(endpoints.read_text())))


def endpoints_of(services: frozenset[str], endpoints: dict[str, Any]) -> dict[str, Any]:
    """Give the table of endpoints with the rows of `services` alone; every partition and region stays."""
    partitions = [
        partition | {"services": {name: row for name, row in partition["services"].items() if name in services}}
        for partition in endpoints["partitions"]
    ]
    return endpoints | {"partitions": partitions}


def _without_prose(model: Path) -> None:
    """Write the model anew, uncompressed and without its documentation; the loader takes either form."""
    stripped = without_documentation(json.loads(gzip.decompress(model.read_bytes())))
    _write_anew(model.with_suffix(""), stripped)
    model.unlink()


def without_documentation(model: dict[str, Any]) -> dict[str, Any]:
    """Give a service's model without its sentences; a shape or a member that is called `documentation` stays."""
    operations = {name: _bare(operation) for name, operation in model["operations"].items()}
    shapes = {name: _bare_shape(shape) for name, shape in model["shapes"].items()}
    return _bare(model) | {"operations": operations, "shapes": shapes}


def _bare_shape(shape: dict[str, Any]) -> dict[str, Any]:
    bare = _bare(shape)
    if "members" in bare:
        bare["members"] = {name: _bare(member) for name, member in bare["members"].items()}
    for part in ("member", "key", "value"):
        if part in bare:
            bare[part] = _bare(bare[part])
    return bare


def _bare(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if not (key == "documentation" and isinstance(value, str))}


def _write_anew(path: Path, document: Any) -> None:
    """Write a file of its own: an installer may have linked the one that is there to its cache, and so to every
    environment of the machine.
    """
    path.unlink(missing_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
