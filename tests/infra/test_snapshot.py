"""The template that the local cloud reads is the one that deploys."""

from pathlib import Path
from typing import Any

from infra.packaging import ROOT, stand_in_package
from infra.stage import DEV
from infra.synthesis import SNAPSHOT, rendered, snapshot_of, synthesize


def test_the_committed_snapshot_is_what_is_synthesized(templates: dict[str, dict[str, Any]]) -> None:
    fresh = rendered(snapshot_of(templates["dev"]))
    assert SNAPSHOT.read_text() == fresh, (
        f"{SNAPSHOT.relative_to(ROOT)} is not what infra/ makes: run `make snapshot` and review the change."
    )


def test_the_snapshot_does_not_change_with_the_code(tmp_path: Path, templates: dict[str, dict[str, Any]]) -> None:
    package = stand_in_package(tmp_path)
    package.functions.write_bytes(b"other code")
    other = synthesize(DEV, package, tmp_path / "cdk.out", checked=False)
    assert other != templates["dev"], "the code is not part of the template: a change of it would not deploy"
    assert snapshot_of(other) == snapshot_of(templates["dev"])


def test_the_snapshot_names_no_account_and_no_bootstrapping(templates: dict[str, dict[str, Any]]) -> None:
    text = rendered(snapshot_of(templates["dev"]))
    assert "cdk" not in text.lower()
    assert text == rendered(snapshot_of(snapshot_of(templates["dev"]))), "taking a snapshot twice changes it"
