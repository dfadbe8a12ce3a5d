"""The command line as a person uses it: arguments in, exit code and output out; the simulator is its own process."""

import json
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.cli.main import main
from ledgerpost.cli.output import results
from ledgerpost.simulators.pennypipe import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT, DEMO_PURCHASING_ACCOUNT, DEMO_SALES_ACCOUNT


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """Runs `ledgerpost` in this process, in a folder of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Ended:
        self._monkeypatch.setattr(sys, "argv", ["ledgerpost", *map(str, arguments)])
        self._capsys.readouterr()
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        else:
            code = 0
        output = self._capsys.readouterr()
        return Ended(code, output.out, output.err)

    def file(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path


@pytest.fixture
def ledgerpost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    monkeypatch.setenv("PENNYPIPE_PAT", DEMO_PAT)
    monkeypatch.setattr(results, "width", 200)
    return CommandLine(tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="session")
def _simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(demo_settings()) as simulator:
        yield simulator


@pytest.fixture
def simulator(_simulator: SimulatorProcess) -> SimulatorProcess:
    _simulator.reset()
    _simulator.set_faults("")
    _simulator.set_upsert(True)
    return _simulator


RULES = {
    "SaleDocument": {
        "Enabled": True,
        "EntryType": "credit",
        "TagNames": ["Sales"],
        "CreateMissingTags": True,
        "NoteTemplate": "Sale #{ReceiptNumber} total {Total}",
    },
    "SalePayment": {"Enabled": False, "EntryType": "credit"},
}


@pytest.fixture
def configuration(ledgerpost: CommandLine, simulator: SimulatorProcess) -> Path:
    return ledgerpost.file("config.json", json.dumps(document(simulator.url)))


def document(url: str, **changes: Any) -> dict[str, Any]:
    """Give a configuration document: one enabled sales route, one purchasing route that is switched off."""
    sales = {
        "id": "sales-to-a",
        "connection": "main",
        "streamType": "Sales",
        "accountId": DEMO_SALES_ACCOUNT,
        "enabled": True,
        "timeZone": "Europe/London",
        "rules": deepcopy(RULES),
    }
    purchasing = {
        "id": "purchasing-to-b",
        "connection": "main",
        "streamType": "Purchasing",
        "accountId": DEMO_PURCHASING_ACCOUNT,
        "enabled": False,
        "rules": {"PurchaseDocument": {"Enabled": True, "EntryType": "debit"}},
    }
    connection = {
        "id": "main",
        "label": "Main Finance Account",
        "target": "pennypipe",
        "baseUrl": url,
        "auth": {"type": "PAT", "token": "env:PENNYPIPE_PAT"},
    }
    return {"tenant": "acme", "connections": [connection], "routes": [sales | changes, purchasing]}


def approval(reference: str | None = "1", total: object = "10.00", **changes: Any) -> str:
    """Give one line of an event file; `total` stands there as it is given."""
    kind = changes.pop("DetailType", "SaleDocumentApproved")
    amount = "Payment" if "Payment" in kind else "Total"
    more = "".join(f",{json.dumps(name)}:{json.dumps(value)}" for name, value in changes.pop("entity", {}).items())
    entity = f'"Id":{json.dumps(reference)},"ReceiptNumber":{json.dumps(reference)},"{amount}":{total}{more}'
    detail = {
        "schemaVersion": "1",
        "tenantId": "acme",
        "revision": 1,
        "approvedAt": "2010-12-01T08:26:00Z",
        "currency": "GBP",
    } | changes
    head = json.dumps(detail)[:-1]
    return (
        f'{{"Source":"stocksmart","DetailType":"{kind}","EventBusName":"ledgerpost","Time":"2010-12-01T08:26:00Z",'
        f'"Detail":{head},"entity":{{{entity}}}}}}}'
    )
