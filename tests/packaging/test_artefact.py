"""The artefact holds what the functions need and nothing else, and is the same whenever it is made."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.packaging import ROOT, PackagingError, compile_ahead, stage_functions, zip_tree

FUNCTIONS_BYTES_MAX = 760_000
LAYER_BYTES_MAX = 7_500_000
LOGIN_LAYER_BYTES_MAX = 6_500_000
UNPACKED_BYTES_MAX = 25_000_000
"""The budget, without compiled modules; Lambda itself takes 250 MB unpacked. Source: AWS Lambda quotas."""

HANDLERS = ("intake", "deliver", "settle", "close_day")

START = """
import importlib, json, os, pkgutil, sys
sys.path[:0] = json.loads(sys.argv[1])
name = sys.argv[2]
importlib.import_module(f"functions.{name}.handler").lambda_handler
from ledgerpost.bootstrap import container
getattr(container(), name)
print(json.dumps(sorted({m.__file__ for m in sys.modules.values() if getattr(m, "__file__", None)})))
"""

IMPORT_ALL = """
import importlib, json, pkgutil, sys
sys.path[:0] = json.loads(sys.argv[1])
import functions, ledgerpost
for package in (functions, ledgerpost):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
"""

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "ROUTES_TABLE": "routes",
    "DELIVERIES_TABLE": "deliveries",
    "DELIVERY_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/000000000000/deliveries",
    "COMMERCE_TABLE": "commerce",
    "INTAKE_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/000000000000/intake",
    "LISTING_TABLE": "listing",
    "EVENT_BUS_NAME": "ledgerpost",
    "STAGE": "dev",
    "LOGIN_ISSUER": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool",
    "LOGIN_CLIENT_ID": "client",
    "LOGIN_URL": "https://ledgerpost-dev.auth.eu-west-1.amazoncognito.com",
    "CONSOLE_ORIGIN": "https://console.example",
}


def run_isolated(script: str, artefact: Path, layer: Path, *arguments: str, login_layer: Path | None = None) -> str:
    """Run `script` in an interpreter that sees the standard library, the artefact and the layer, and nothing else."""
    path = json.dumps([str(artefact), str(layer), *([str(login_layer)] if login_layer else ())])
    # -B: the artefact is shared by the tests, and Lambda's is read-only.
    command = [sys.executable, "-I", "-S", "-B", "-c", script, path, *arguments]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, env=ENVIRONMENT)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("name", HANDLERS)
def test_a_function_starts_from_the_artefact_and_the_layer_alone(name: str, artefact: Path, layer: Path) -> None:
    loaded = json.loads(run_isolated(START, artefact, layer, name))
    deployed = (str(artefact), str(layer), sys.base_prefix)
    strangers = [file for file in loaded if not file.startswith(deployed) or "site-packages" in file]
    assert strangers == [], "the function leans on something that is not deployed"
    assert str(artefact / "functions" / name / "handler.py") in loaded


CONSOLE = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from functions.console.handler import lambda_handler
http = {"method": "GET", "path": "/"}
event = {"rawPath": "/", "requestContext": {"http": http, "stage": "$default"}}
answer = lambda_handler(event, None)
print(answer["statusCode"], answer["headers"]["Location"])
answer = lambda_handler(event | {"cookies": ["__Host-ledgerpost_id=no-token"]}, None)
print(answer["statusCode"], "it is no token of this user pool" in answer["body"])
"""


def test_the_console_starts_from_the_artefact_and_lets_nobody_in_without_a_name(
    artefact: Path, layer: Path, login_layer: Path
) -> None:
    said = run_isolated(CONSOLE, artefact, layer, login_layer=login_layer)
    assert said == "303 /login?next=%2F\n401 True\n"


LISTENING = """
import importlib, json, sys
sys.path[:0] = json.loads(sys.argv[1])
handler = importlib.import_module(f"functions.{sys.argv[2]}.handler").lambda_handler
print(json.dumps(handler(json.loads(sys.argv[3]), None)))
"""


def test_the_webhook_starts_from_the_artefact_and_takes_nothing_unsigned(artefact: Path, layer: Path) -> None:
    said = run_isolated(LISTENING, artefact, layer, "webhook", json.dumps({"headers": {}, "body": "[]"}))
    answer = json.loads(said.splitlines()[-1])
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (401, "webhook_unsigned")


def test_the_listing_starts_from_the_artefact_and_passes_over_what_is_no_delivery(artefact: Path, layer: Path) -> None:
    record = {"dynamodb": {"SequenceNumber": "1", "NewImage": {"key": {"S": "pause#acme"}}}}
    said = run_isolated(LISTENING, artefact, layer, "listing", json.dumps({"Records": [record]}))
    assert json.loads(said.splitlines()[-1]) == {"batchItemFailures": []}


def test_every_module_of_the_artefact_can_be_imported_with_the_layer_alone(artefact: Path, layer: Path) -> None:
    run_isolated(IMPORT_ALL, artefact, layer)


def test_the_artefact_holds_our_code_for_lambda_and_nothing_else(artefact: Path) -> None:
    files = [path.relative_to(artefact) for path in artefact.rglob("*") if path.is_file()]
    pages = {file for file in files if file.suffix != ".py"}
    assert {file.suffix for file in pages} == {".css", ".html", ".js"}
    assert {file.parts[:2] for file in pages} == {("ledgerpost", "console")}
    assert {file.parts[0] for file in files} == {"functions", "ledgerpost"}
    packages = {file.parts[1] for file in files if file.parts[0] == "ledgerpost" and len(file.parts) > 2}
    assert packages == {"adapters", "app", "connectors", "console", "domain", "error_catalogue", "wire"}, (
        "a laptop's tool would run beside money"
    )


def test_a_file_that_is_no_source_is_refused_by_name(tmp_path: Path) -> None:
    source = _source_tree(tmp_path)
    (source / "shared" / "ledgerpost" / "wire" / "token.txt").write_text("secret")
    with pytest.raises(PackagingError, match=r"ledgerpost/wire/token\.txt is no Python source"):
        stage_functions(tmp_path / "out", root=source)


def test_what_is_for_laptops_and_what_python_left_behind_stay_out(tmp_path: Path) -> None:
    source = _source_tree(tmp_path)
    for left_out in ("cli/main.py", "local/template.json", "simulators/a/b.py", "wire/__pycache__/x.pyc", "py.typed"):
        path = source / "shared" / "ledgerpost" / left_out
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    stage_functions(tmp_path / "out", root=source)
    files = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert files == ["functions/intake/handler.py", "ledgerpost/settings.py", "ledgerpost/wire/message.py"]


def test_staging_again_leaves_nothing_of_the_last_time(tmp_path: Path) -> None:
    source = _source_tree(tmp_path)
    stage_functions(tmp_path / "out", root=source)
    (source / "shared" / "ledgerpost" / "settings.py").unlink()
    stage_functions(tmp_path / "out", root=source)
    assert not (tmp_path / "out" / "ledgerpost" / "settings.py").exists()


def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("functions", "shared"):  # a copy: somebody may be writing code while the tests run
        shutil.copytree(ROOT / folder, tmp_path / folder)
    digests = set()
    for name in ("first", "second"):
        tree = tmp_path / name
        stage_functions(tree, root=tmp_path)
        for path in tree.rglob("*.py"):
            os.utime(path, (1, 1) if name == "first" else None)
        compile_ahead(tree, Path(sys.executable))
        digests.add(hashlib.sha256(zip_tree(tree, tmp_path / f"{name}.zip").read_bytes()).hexdigest())
    assert len(digests) == 1, "the code would be uploaded and deployed though nothing has changed"


def test_compiled_modules_stand_though_a_zip_loses_their_times(tmp_path: Path) -> None:
    source = _source_tree(tmp_path)
    tree = tmp_path / "out"
    stage_functions(tree, root=source)
    compile_ahead(tree, Path(sys.executable))
    (compiled,) = (tree / "ledgerpost" / "wire" / "__pycache__").iterdir()
    # PEP 552: bit 0 says that the source's hash stands instead of its time, bit 1 that it is compared at import.
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 0b01


def test_a_zip_has_the_packages_at_its_top(tmp_path: Path, artefact: Path) -> None:
    with zipfile.ZipFile(zip_tree(artefact, tmp_path / "functions.zip")) as archive:
        names = archive.namelist()
    assert names == sorted(names)
    assert {"functions/deliver/handler.py", "ledgerpost/bootstrap.py"} <= set(names)


def test_the_layer_of_the_sign_in_stays_small_and_comes_with_the_console_alone(
    tmp_path: Path, layer: Path, login_layer: Path
) -> None:
    sources = tmp_path / "login-layer"
    shutil.copytree(login_layer, sources, ignore=shutil.ignore_patterns("__pycache__"))
    assert zip_tree(sources, tmp_path / "login-layer.zip").stat().st_size < LOGIN_LAYER_BYTES_MAX
    assert not (layer / "cryptography").exists(), "every function's cold start would pay for the console's sign-in"


def test_the_zips_stay_small_enough_for_a_quick_cold_start(tmp_path: Path, artefact: Path, layer: Path) -> None:
    sources = tmp_path / "layer"  # as installed; compiling it ahead adds a half
    shutil.copytree(layer, sources, ignore=shutil.ignore_patterns("__pycache__"))
    functions = zip_tree(artefact, tmp_path / "functions.zip").stat().st_size
    packages = zip_tree(sources, tmp_path / "layer.zip").stat().st_size
    assert functions < FUNCTIONS_BYTES_MAX, "our own code has grown: is something of the laptop's among it?"
    assert packages < LAYER_BYTES_MAX, "a dependency has grown, or a new one came along"
    unpacked = sum(path.stat().st_size for tree in (artefact, sources) for path in tree.rglob("*") if path.is_file())
    assert unpacked < UNPACKED_BYTES_MAX


def _source_tree(folder: Path) -> Path:
    """Give a repository in small."""
    root = folder / "repository"
    for name in ("functions/intake/handler.py", "shared/ledgerpost/settings.py", "shared/ledgerpost/wire/message.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("VALUE = 1\n")
    return root
