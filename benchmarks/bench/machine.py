"""What a figure was measured on: processor, cores, memory, system, date, and the versions of all that ran."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bench.plan import PRODUCT, ROOT

PEERS = ("huey", "dbos", "aws-lambda-powertools", "boto3", "moto", "httpx")


def machine() -> dict[str, Any]:
    """Give the machine, the date, and how busy the machine was before."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[2], 1),
    }


def versions() -> dict[str, str]:
    """Give the versions of the peers, and the commit of Ledgerpost."""
    said = subprocess.run(  # noqa: S603 - our own interpreter
        [str(PRODUCT), "-c", "import ledgerpost, sqlite3; print(ledgerpost.__version__, sqlite3.sqlite_version)"],
        capture_output=True,
        text=True,
        check=True,
    )
    ledgerpost, sqlite = said.stdout.split()
    return {"ledgerpost": f"{ledgerpost} ({_commit()})", "sqlite": sqlite, **{name: version(name) for name in PEERS}}


def _commit() -> str:
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "no commit"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "not told")
