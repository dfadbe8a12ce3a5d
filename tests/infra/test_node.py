"""The CDK runs on the machine's own Node, or on the one that was fetched for want of it."""

from pathlib import Path

import pytest

from infra.node import choose_node


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    """A Node that `make` has fetched."""
    node = tmp_path / "node"
    node.touch()
    return node


def test_a_fetched_node_is_taken(fetched: Path) -> None:
    environment: dict[str, str] = {}
    choose_node(environment, fetched)
    assert environment == {"JSII_NODE": str(fetched)}


def test_without_a_fetched_one_the_machine_s_own_is_left_to_run(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    choose_node(environment, tmp_path / "nothing")
    assert environment == {}


def test_a_choice_made_by_hand_stands(fetched: Path) -> None:
    environment = {"JSII_NODE": "/opt/node"}
    choose_node(environment, fetched)
    assert environment == {"JSII_NODE": "/opt/node"}
