"""What is installed is what was reviewed: a version and its hashes for each package, and no registry's name."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_of_a_lock_has_one_version_and_its_hashes(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9][a-z0-9._-]*==\S+", entry), f"{lock.name}: {entry[:80]}"
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), f"{lock.name}: {entry[:80]}"
        assert "://" not in entry, f"{lock.name} names where to install from: {entry[:80]}"


@pytest.mark.parametrize("name", ["Makefile", "infra/packaging.py"])
def test_every_installation_from_a_lock_requires_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "--require-hashes" in text
    installations = re.findall(r"^.*pip install.*$", text, re.MULTILINE)
    for line in installations:
        # Our own package is installed from the folder itself, without its dependencies; the layer's options are checked
        # above and stand beside the command.
        assert "--require-hashes" in line or "--no-deps" in line or "*safety" in line, line
