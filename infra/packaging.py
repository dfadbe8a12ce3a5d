"""What goes to Lambda: one artefact of our own code for all functions, and one layer of third-party wheels; a second
layer for the console's function, whose sign-in verifies tokens with a library of 12 MB that no other function loads.

Plain Python, no Docker: wheels are picked for the functions' platform and only unpacked. The same sources make the
same bytes, so an upload and a deployment happen only when something has changed. That is why files are listed by an
allow-list, sorted, and stamped with one time.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infra import sdk_data
from infra.sdk_data import trim_sdk_data

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements" / "runtime.txt"
LOGIN_REQUIREMENTS = ROOT / "requirements" / "login.txt"

PYTHON_VERSION = "3.13"
PLATFORM = "aarch64-manylinux2014"
MACHINE = "aarch64"
"""The functions' processor, as compiled modules carry it in their names."""

ELF_MACHINES = {"x86_64": 0x3E, "aarch64": 0xB7}
"""And in their heads, where the name says nothing. Source: ELF, `e_machine`, the two bytes at 18."""

_REQUIREMENT = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)

SHIPPED = (
    ("functions", "functions"),
    ("shared/ledgerpost", "ledgerpost"),
)
"""Source folder in the repository and its place in the artefact."""

SHIPPED_PACKAGES = frozenset({"adapters", "app", "connectors", "console", "domain", "error_catalogue", "wire"})
"""The packages of `ledgerpost` that a handler may reach; the command line, the local cloud and the simulators are for
laptops."""

SHIPPED_SUFFIXES = {"console/templates": ".html", "console/static": (".css", ".js")}
"""What is shipped beside Python source, by its folder in `ledgerpost`: the console's pages."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can state."""


class PackagingError(Exception):
    """The artefact cannot be made from what is there."""


@dataclass(frozen=True, slots=True)
class Package:
    """The zips that a stack deploys; `login_layer` only where a stage serves the console."""

    functions: Path
    layer: Path
    login_layer: Path


def build_package(build: Path, *, compiler: Path | None = None) -> Package:
    """Make the zips in `build`. A layer is installed only when its requirements have changed: only that needs the
    network. `compiler` is a Python of the functions' version that compiles all ahead (see `compile_ahead`).
    """
    functions = build / "functions"
    stage_functions(functions)
    if compiler is not None:
        compile_ahead(functions, compiler)
    layer = build / "layer"
    ensure_layer(layer, compiler=compiler)
    login_layer = build / "login-layer"
    ensure_layer(login_layer, compiler=compiler, requirements=LOGIN_REQUIREMENTS)
    return Package(
        zip_tree(functions, build / "functions.zip"),
        zip_tree(layer, build / "layer.zip"),
        zip_tree(login_layer, build / "login-layer.zip"),
    )


def stage_functions(into: Path, *, root: Path = ROOT) -> None:
    """Copy our own code into the empty folder `into`, as it lies in the artefact.

    Raises PackagingError for a file among the shipped ones that is not Python source.
    """
    shutil.rmtree(into, ignore_errors=True)
    for source, place in shipped_files(root):
        target = into / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())


def shipped_files(root: Path = ROOT) -> Iterator[tuple[Path, Path]]:
    """Give each source file with its place in the artefact."""
    for folder, place in SHIPPED:
        for source in sorted((root / folder).rglob("*")):
            inside = source.relative_to(root / folder)
            if source.is_file() and _is_shipped(inside, place):
                yield source, Path(place) / inside


def _is_shipped(inside: Path, place: str) -> bool:
    if "__pycache__" in inside.parts or inside.name == "py.typed":
        return False
    if place == "ledgerpost" and len(inside.parts) > 1 and inside.parts[0] not in SHIPPED_PACKAGES:
        return False
    if inside.suffix != ".py" and not inside.name.endswith(SHIPPED_SUFFIXES.get(inside.parent.as_posix(), ())):
        raise PackagingError(f"{place}/{inside} is no Python source: it would be deployed, or be missed there.")
    return True


def ensure_layer(
    into: Path,
    *,
    compiler: Path | None = None,
    install: Callable[[Path], None] | None = None,
    requirements: Path = REQUIREMENTS,
) -> None:
    """Have the third-party packages of `requirements` in `into`, installed anew only where that file has changed.

    `install` fills an empty folder with packages: from wheels of the functions' platform, if not said otherwise.
    """
    stamp = into.with_name(f"{into.name}.stamp")
    wanted = _layer_identity(compiler, requirements)
    if into.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(into, ignore_errors=True)
    (install or partial(_install_wheels, requirements=requirements))(into / "python")
    _trim(into / "python")
    if compiler is not None:
        compile_ahead(into, compiler)
    stamp.write_text(wanted)


def _layer_identity(compiler: Path | None, requirements: Path) -> str:
    """Give what the layer is made from, as one digest."""
    digest = hashlib.sha256(requirements.read_bytes())
    for source in (__file__, sdk_data.__file__):
        digest.update(Path(source).read_bytes())
    digest.update(b"compiled" if compiler else b"source")
    return digest.hexdigest()


def _install_wheels(into: Path, *, requirements: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    platform = ["--python-platform", PLATFORM, "--python-version", PYTHON_VERSION]
    safety = ["--only-binary", ":all:", "--require-hashes", "--no-deps"]
    command = [str(uv), "pip", "install", "--quiet", "--target", str(into), *platform, *safety, "-r", str(requirements)]
    subprocess.run(command, check=True)  # noqa: S603 - our own arguments
    check_layer(into, requirements=requirements)


def check_layer(packages: Path, *, machine: str = MACHINE, requirements: Path = REQUIREMENTS) -> None:
    """Hold the packages of a layer against its `requirements`.

    Raises PackagingError where one is missing, unknown or of another version, or where a compiled module is not for
    `machine`: the functions would start with something else than was tested, or not at all.
    """
    wanted = dict(_REQUIREMENT.findall(requirements.read_text()))
    found = dict(folder.name.removesuffix(".dist-info").split("-") for folder in packages.glob("*.dist-info"))
    found = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found.items()}
    if found != wanted:
        differing = sorted(name for name, _ in found.items() ^ wanted.items())
        raise PackagingError(
            f"The layer is not what {requirements.name} asks for: {', '.join(dict.fromkeys(differing))}."
        )
    foreign = [path.name for path in packages.rglob("*.so") if not _is_for(path, machine)]
    if foreign:
        raise PackagingError(f"The layer holds modules that are not for {machine}: {', '.join(sorted(foreign))}.")


def _is_for(module: Path, machine: str) -> bool:
    """Say whether a compiled module is for a processor: by its name, or by its head where it is for any Python."""
    if ".abi3." not in module.name:
        return machine in module.name
    with module.open("rb") as content:
        return int.from_bytes(content.read(20)[18:20], "little") == ELF_MACHINES[machine]


def _trim(packages: Path) -> None:
    """Take away what no function uses: scripts, the installer's lock, and most of the AWS SDK's data."""
    shutil.rmtree(packages / "bin", ignore_errors=True)
    (packages / ".lock").unlink(missing_ok=True)
    trim_sdk_data(packages)


def compile_ahead(tree: Path, compiler: Path) -> None:
    """Compile every module in `tree` with `compiler`.

    Lambda's code folder is read-only, so what is not compiled is compiled at each cold start, for about a second.
    `unchecked-hash`: a zip loses the sources' times, by which Python would think the result stale.
    """
    command = [str(compiler), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "."]
    # Sets of texts are written in the order of their hashes: a fixed seed keeps the bytes the same.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run(command, check=True, cwd=tree, env=environment)  # noqa: S603 - our own arguments


def find_compiler() -> Path | None:
    """Give this machine's Python of the functions' version; None where it has none."""
    found = shutil.which(f"python{PYTHON_VERSION}")
    if found is None:
        return None
    # A shim may stand for a Python that is not installed; it then answers with an error.
    asked = subprocess.run(  # noqa: S603 - our own arguments
        [found, "-c", "import sys; print(sys.executable)"], check=False, capture_output=True, text=True
    )
    return Path(asked.stdout.strip()) if asked.returncode == 0 else None


def zip_tree(tree: Path, target: Path) -> Path:
    """Pack `tree` into `target`, byte for byte the same for the same files; give `target`."""
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _add_all(archive, tree, files)
    return target


def _add_all(archive: zipfile.ZipFile, tree: Path, files: Iterable[Path]) -> None:
    for path in files:
        entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
        archive.writestr(entry, path.read_bytes())


def stand_in_package(folder: Path) -> Package:
    """Give zips with nothing of ours in them, for a template whose code does not matter."""
    package = Package(folder / "functions.zip", folder / "layer.zip", folder / "login-layer.zip")
    for target in (package.functions, package.layer, package.login_layer):
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr(zipfile.ZipInfo(target.stem, _EPOCH), b"")
    return package
