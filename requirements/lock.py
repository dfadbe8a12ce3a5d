"""Resolve the hash-locked requirements anew: `make lock`.

The lock files name versions and hashes and no registry, so that they install from whatever index a machine uses.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parent / "pyproject.toml"
COMMON = ["--universal", "--generate-hashes", "--no-annotate", "--no-header", "--python-version", "3.11"]


def compile_lock(name: str, source: Path, *options: str) -> None:
    """Write `requirements/<name>.txt` from what `source` asks for."""
    uv = Path(sys.executable).with_name("uv")
    target = HERE / f"{name}.txt"
    command = [str(uv), "pip", "compile", "--quiet", "--upgrade", *COMMON, *options, str(source), "-o", str(target)]
    subprocess.run(command, check=True)  # noqa: S603 - our own arguments


def main() -> None:
    """Lock each environment; `cli` and `dev` keep to what ships to Lambda."""
    runtime = str(HERE / "runtime.txt")
    compile_lock("build", HERE / "build.in")
    compile_lock("ministack", HERE / "ministack.in")
    compile_lock("node", HERE / "node.in")
    compile_lock("bench", HERE / "bench.in")
    compile_lock("runtime", PROJECT)
    compile_lock("login", HERE / "login.in", "-c", runtime)
    compile_lock("cli", PROJECT, "--extra", "cli", "-c", runtime)
    compile_lock(
        "dev", PROJECT, "--extra", "dev", *("-c", runtime, "-c", str(HERE / "login.txt"), "-c", str(HERE / "cli.txt"))
    )


if __name__ == "__main__":
    main()
