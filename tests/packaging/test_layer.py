"""The layer is installed once, and anew only when what it is made from has changed."""

import platform
import shutil
from pathlib import Path

import pytest

from infra.packaging import LOGIN_REQUIREMENTS, PackagingError, check_layer, ensure_layer
from infra.sdk_data import AWS_SERVICES


class Installer:
    """Fills a layer with next to nothing, and counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, into: Path) -> None:
        self.calls += 1
        for name in ("botocore/data/sqs/model.json", "botocore/data/ec2/model.json", "botocore/data/endpoints.json"):
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_text('{"partitions": []}')
        (into / "bin").mkdir()
        (into / "bin" / "tool").write_text("")


def test_a_layer_that_is_there_is_not_installed_again(tmp_path: Path) -> None:
    install = Installer()
    for _ in range(2):
        ensure_layer(tmp_path / "layer", install=install)
    assert install.calls == 1, "each synth would need the network"


def test_other_requirements_make_another_layer(tmp_path: Path) -> None:
    install = Installer()
    ensure_layer(tmp_path / "layer", install=install)
    (tmp_path / "layer.stamp").write_text("of other requirements")
    ensure_layer(tmp_path / "layer", install=install)
    assert install.calls == 2


def test_an_installation_that_was_cut_off_is_not_taken_for_a_layer(tmp_path: Path) -> None:
    (tmp_path / "layer" / "python").mkdir(parents=True)
    install = Installer()
    ensure_layer(tmp_path / "layer", install=install)
    assert install.calls == 1


def test_only_the_services_in_use_keep_their_models(tmp_path: Path) -> None:
    ensure_layer(tmp_path / "layer", install=Installer())
    packages = tmp_path / "layer" / "python"
    assert sorted(p.name for p in (packages / "botocore" / "data").iterdir()) == ["endpoints.json", "sqs"]
    assert not (packages / "bin").exists()


def test_the_trimmed_library_is_what_the_functions_start_with(layer: Path) -> None:
    models = {folder.name for folder in (layer / "botocore" / "data").iterdir() if folder.is_dir()}
    assert models == AWS_SERVICES


HERE = platform.machine()
"""This machine's processor: the layer of the tests holds its modules."""


def test_a_layer_of_the_required_packages_passes(layer: Path) -> None:
    check_layer(layer, machine=HERE)


def test_a_layer_that_lacks_a_package_or_has_one_too_many_is_refused_by_name(tmp_path: Path, layer: Path) -> None:
    packages = tmp_path / "python"
    for folder in layer.glob("*.dist-info"):
        if not folder.name.startswith("httpx-"):
            (packages / folder.name).mkdir(parents=True)
    (packages / "left_pad-1.0.dist-info").mkdir()
    with pytest.raises(PackagingError, match=r"not what runtime\.txt asks for: httpx, left-pad\."):
        check_layer(packages, machine=HERE)


def test_a_layer_with_another_version_is_refused_by_name(tmp_path: Path, layer: Path) -> None:
    packages = tmp_path / "python"
    for folder in layer.glob("*.dist-info"):
        name = "boto3-1.0.0.dist-info" if folder.name.startswith("boto3-") else folder.name
        (packages / name).mkdir(parents=True)
    with pytest.raises(PackagingError, match=r"asks for: boto3\."):
        check_layer(packages, machine=HERE)


def test_a_module_for_another_processor_is_refused(tmp_path: Path, layer: Path) -> None:
    packages = tmp_path / "python"
    shutil.copytree(layer, packages, ignore=shutil.ignore_patterns("*.py", "*.json", "*.gz", "zoneinfo"))
    other = "aarch64" if HERE != "aarch64" else "x86_64"
    with pytest.raises(PackagingError, match=f"not for {other}: .*pydantic_core"):
        check_layer(packages, machine=other)


def test_the_layer_of_the_sign_in_is_held_against_its_own_requirements(login_layer: Path) -> None:
    check_layer(login_layer, machine=HERE, requirements=LOGIN_REQUIREMENTS)
    with pytest.raises(PackagingError, match=r"not what runtime\.txt asks for"):
        check_layer(login_layer, machine=HERE)


def test_a_module_for_any_python_is_known_by_its_head(login_layer: Path) -> None:
    other = "aarch64" if HERE != "aarch64" else "x86_64"
    with pytest.raises(PackagingError, match=r"_rust\.abi3\.so"):
        check_layer(login_layer, machine=other, requirements=LOGIN_REQUIREMENTS)
