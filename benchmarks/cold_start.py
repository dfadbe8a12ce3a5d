"""What a cold start costs: each handler of the real bundle in fresh processes, beside a bare boto3 client.

    python benchmarks/cold_start.py [--rounds 9] [--only deliver] [--json benchmarks/results/cold_start.json]

A start is the import of the handler and its first event, up to the first call of AWS (or to the answer, where none is
made); that of the delivery function also up to its first connection to a ledger, with all that the first post loads and
what AWS answers before it (`first_post.py`). It is told in seconds of processor time, since the clock on the wall tells
more of the neighbours. The bare client is `import boto3` and one DynamoDB client, of the SDK as it is installed. The
two are run in turn, and a handler's ratio is the median of the ratios of neighbours. Both are compiled ahead. What
Lambda adds, fetching the bundle and starting Python, is not in either.

The functions' Python is used where this machine has it; the layer holds this machine's wheels.
"""

import argparse
import json
import platform
import re
import shutil
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from benchmarks.first_post import answers_of_aws  # noqa: E402
from infra.packaging import (  # noqa: E402
    REQUIREMENTS,
    compile_ahead,
    ensure_layer,
    find_compiler,
    stage_functions,
)

BUILD = ROOT / "build" / "cold-start"

PREAMBLE = "import json, sys, time; sys.path[:0] = json.loads(sys.argv[1]); sys.argv = sys.argv[2:]\n"
"""What is imported here Python has loaded by itself, or Lambda's own runtime client has."""

BARE = """
begun = time.process_time()
import boto3
boto3.client("dynamodb")
print(time.process_time() - begun)
"""

BOTOCORE = """
begun = time.process_time()
import botocore.session
botocore.session.get_session().create_client("dynamodb")
print(time.process_time() - begun)
"""
"""What a function cannot do without: the same client with nothing of boto3's around it."""

START = """
import io
event, context = json.loads(sys.argv[1]), type("Context", (), {"aws_request_id": "0", "function_name": "f"})()
context.get_remaining_time_in_millis = lambda: 900_000
begun = time.process_time()

class Called(BaseException):
    pass

from importlib import import_module
said, sys.stdout = sys.stdout, io.StringIO()
handler = import_module("functions." + sys.argv[0] + ".handler")
imported = time.process_time()

from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
answers = json.loads(sys.argv[2])
class Body:
    def __init__(self, text): self.text = text
    def stream(self): yield self.text.encode()
def send(self, request):
    operation = request.headers["X-Amz-Target"]
    left = answers.get((operation if isinstance(operation, str) else operation.decode()).rpartition(".")[2])
    if not left:
        raise Called
    return AWSResponse(request.url, 200, {}, Body(left.pop(0)))
URLLib3Session.send = send
import socket
def connect(*_, **__):
    raise Called
socket.create_connection = connect
# An address that may be called, though it never is.
socket.getaddrinfo = lambda host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port))]
try:
    handler.lambda_handler(event, context)
    called = False
except Called:
    called = True
print(time.process_time() - begun, imported - begun, called, file=said)
"""

TABLE = "table"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/000000000000/queue"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "STAGE": "dev",
    "EVENT_BUS_NAME": "bus",
    "EXTRACTS_BUCKET": "bucket",
    **dict.fromkeys(("LOGIN_ISSUER", "LOGIN_URL", "CONSOLE_ORIGIN"), "https://console.example"),
    "LOGIN_CLIENT_ID": "client",
    **dict.fromkeys(("ROUTES_TABLE", "DELIVERIES_TABLE", "LISTING_TABLE", "COMMERCE_TABLE"), TABLE),
    **dict.fromkeys(("INTAKE_QUEUE_URL", "DELIVERY_QUEUE_URL"), QUEUE),
}
REFERENCE = "secretsmanager:arn:aws:secretsmanager:eu-west-1:000000000000:secret:ledgerpost/dev/acme/key-AbCdEf"

EXTRACT = {
    "tenant": "acme",
    "extract": "fincome",
    "source": {"kind": "pennylane", "baseUrl": "https://app.pennylane.com", "token": REFERENCE},
    "target": {"kind": "fincome", "baseUrl": "https://api2.fincome.co/product", "key": REFERENCE},
    "timeZone": "Europe/Paris",
    "baseCurrency": "EUR",
}


def events() -> dict[str, Any]:
    """Give the first event of each function that is there."""
    written = json.loads((ROOT / "events" / "valid" / "sale-payment.json").read_text())
    envelope = {
        "id": "1",
        "source": written["Source"],
        "detail-type": written["DetailType"],
        "detail": written["Detail"],
    }
    approval = json.dumps(envelope)
    claims = {"sub": "ann", "email": "ann@example.com", "cognito:groups": "[admin]", "custom:tenant": "acme"}
    caller = {
        "http": {"method": "GET", "path": "/v1/routes"},
        "stage": "$default",
        "authorizer": {"jwt": {"claims": claims}},
    }
    body = json.dumps({"route": "sales", "event": approval})
    known = {
        "intake": {"Records": [{"messageId": "1", "body": approval}]},
        "deliver": {"Records": [{"messageId": "1", "body": body}]},
        "settle": {},
        "close_day": {},
        "actions": {"action": "list-products", "tenant": "acme", "connection": "main", "input": {}},
        "extract": {"document": EXTRACT},
        "console": {"rawPath": "/v1/routes", "requestContext": caller},
        "listing": {"Records": [{"dynamodb": {"SequenceNumber": "1", "NewImage": {}}}]},
    }
    return {path.parent.name: known.get(path.parent.name, {}) for path in sorted(ROOT.glob("functions/*/handler.py"))}


def starts(only: Sequence[str] | None) -> dict[str, "Start"]:
    """Give the starts to measure by their names, those of some functions or of all."""
    found = {name: Start(name, event) for name, event in events().items() if not only or name in only}
    if "deliver" in found:
        event = found["deliver"].event
        found["deliver, first post"] = Start("deliver", event, answers_of_aws(event))
    return found


def build(python: Path) -> tuple[Path, Path, Path]:
    """Give the artefact, the layer as it is deployed, and the packages as they were installed, all compiled."""
    artefact, layer, installed = (BUILD / _version(python) / name for name in ("functions", "layer", "installed"))
    stage_functions(artefact)
    compile_ahead(artefact, python)

    def install(into: Path) -> None:
        uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--python", str(python)]
        safety = ["--link-mode", "copy", "--only-binary", ":all:", "--require-hashes", "--no-deps"]
        subprocess.run([*uv, "--target", str(into), *safety, "-r", str(REQUIREMENTS)], check=True)  # noqa: S603 - our own
        shutil.rmtree(installed, ignore_errors=True)
        shutil.copytree(into, installed)
        compile_ahead(installed, python)

    ensure_layer(layer, compiler=python, install=install)
    return artefact, layer / "python", installed


def run(python: Path, script: str, path: list[Path], *arguments: str, options: tuple[str, ...] = ()) -> Any:
    """Run `script` in a process that sees the standard library and `path`; give it."""
    command = [str(python), "-I", "-S", "-B", *options, "-c", PREAMBLE + script]
    folders = json.dumps([str(folder) for folder in path])
    ran = subprocess.run(  # noqa: S603 - our own arguments
        [*command, folders, *arguments], check=False, capture_output=True, text=True, env=ENVIRONMENT, timeout=120
    )
    if ran.returncode:
        raise SystemExit(f"{arguments[:1]} did not start: {ran.stderr[-2000:]}")
    return ran


@dataclass(frozen=True, slots=True)
class Start:
    """The start of a function with its first event. Its first call of AWS ends it, unless `answers` has what AWS says,
    by operation.
    """

    function: str
    event: Any
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def arguments(self) -> tuple[str, str, str]:
        """What the process is given."""
        return (self.function, json.dumps(self.event), json.dumps(self.answers))

    def until(self, *, called: bool) -> str:
        """Give what the start is measured up to."""
        if not called:
            return "the answer"
        return "the first connection to the ledger" if self.answers else "the first call of AWS"


def measured(python: Path, start: Start, folders: tuple[Path, Path, Path], rounds: int) -> dict[str, Any]:
    """Give the medians of one start, in milliseconds, and its ratio to the bare clients run in turn."""
    artefact, layer, installed = folders
    starts, bare, needed, imports, called = [], [], [], [], ""
    for _ in range(rounds):
        bare.append(float(run(python, BARE, [installed]).stdout) * 1000)
        total, imported, called = run(python, START, [artefact, layer], *start.arguments).stdout.split()
        starts.append(float(total) * 1000)
        imports.append(float(imported) * 1000)
        needed.append(float(run(python, BOTOCORE, [layer]).stdout) * 1000)
    return {
        "cpuMs": round(statistics.median(starts), 1),
        "importMs": round(statistics.median(imports), 1),
        "bareClientMs": round(statistics.median(bare), 1),
        "botocoreClientMs": round(statistics.median(needed), 1),
        "ratio": round(statistics.median(s / b for s, b in zip(starts, bare, strict=True)), 2),
        "until": start.until(called=called == "True"),
    }


def breakdown(python: Path, start: Start, folders: tuple[Path, Path, Path]) -> dict[str, float]:
    """Give each package's own share of the imports, in per cent of all, the largest first."""
    ran = run(python, START, list(folders[:2]), *start.arguments, options=("-X", "importtime"))
    own: Counter[str] = Counter()
    for line in re.finditer(r"^import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)", ran.stderr, re.MULTILINE):
        top = line[2].partition(".")[0]
        known = top in ("ledgerpost", "functions") or (folders[1] / top).exists() or (folders[1] / f"{top}.py").exists()
        own["ours" if top in ("ledgerpost", "functions") else top if known else "standard library"] += int(line[1])
    whole = sum(own.values())
    return {package: round(100 * us / whole, 1) for package, us in own.most_common() if us / whole >= 0.005}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", nargs="*", help="functions to measure; all if not said")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    python = find_compiler() or Path(sys.executable)
    folders = build(python)
    figures: dict[str, Any] = {"python": _version(python), "machine": platform.machine(), "rounds": arguments.rounds}
    figures["functions"] = {}
    print(f"{'function':18} {'CPU ms':>7} {'import':>7} {'bare boto3':>10} {'ratio':>6}  until")
    for name, start in starts(arguments.only).items():
        row = measured(python, start, folders, arguments.rounds)
        row["importShares"] = breakdown(python, start, folders)
        figures["functions"][name] = row
        print(
            f"{name:18} {row['cpuMs']:7} {row['importMs']:7} {row['bareClientMs']:10} {row['ratio']:6}  {row['until']}"
            "; " + ", ".join(f"{package} {share} %" for package, share in list(row["importShares"].items())[:5])
        )
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


def _version(python: Path) -> str:
    asked = [str(python), "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - our own


if __name__ == "__main__":
    main()
