"""The artefact as it is staged, and a layer made of this environment's own packages: nothing here needs a network."""

import importlib.metadata
import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from infra.packaging import LOGIN_REQUIREMENTS, REQUIREMENTS, ensure_layer, stage_functions


@pytest.fixture(scope="session")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own code as it lies in Lambda's `/var/task`; not to be changed by a test."""
    folder = tmp_path_factory.mktemp("package") / "functions"
    stage_functions(folder)
    return folder


@pytest.fixture(scope="session")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of `requirements/runtime.txt` and no others, trimmed as for Lambda, for this platform."""
    folder = tmp_path_factory.mktemp("package") / "layer"
    ensure_layer(folder, install=copy_runtime_packages)
    return folder / "python"


@pytest.fixture(scope="session")
def login_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of `requirements/login.txt` and no others."""
    folder = tmp_path_factory.mktemp("package") / "login-layer"
    install = partial(copy_runtime_packages, requirements=LOGIN_REQUIREMENTS)
    ensure_layer(folder, install=install, requirements=LOGIN_REQUIREMENTS)
    return folder / "python"


def copy_runtime_packages(into: Path, *, requirements: Path = REQUIREMENTS) -> None:
    """Copy what `requirements` names from this environment."""
    into.mkdir(parents=True)
    names = re.findall(r"^([a-z0-9.-]+)==", requirements.read_text(), flags=re.MULTILINE)
    for name in names:
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # a requirement of another Python version
        tops = {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            source = Path(str(distribution.locate_file(top)))
            if source.is_dir():
                shutil.copytree(source, into / top, dirs_exist_ok=True)
            else:
                shutil.copy2(source, into / top)
