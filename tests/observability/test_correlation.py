"""One id leads from the event to the log lines to the ledger's own log, and back."""

import json
from collections import Counter
from pathlib import Path

from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.cli.demo import SECRET_NAME, demo_document
from ledgerpost.cli.run import Run, RunOptions
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT, demo_settings
from ledgerpost.simulators.pennypipe.process import SimulatorProcess
from ledgerpost.wire.configuration import read_configuration
from tests.local.approvals import approval

REFERENCES = [f"R{number}" for number in range(12)]


def test_the_ledger_is_told_the_event_id_of_the_log_line_also_when_tried_again(tmp_path: Path) -> None:
    log = tmp_path / "functions.log"
    with SimulatorProcess(demo_settings()) as simulator:
        configuration = read_configuration(json.dumps(demo_document(simulator.url)), allow_loopback=True).configuration
        # Every entry is refused once, with a 503, and so tried again.
        simulator.set_faults("refuse=1:once")
        run = Run(configuration, RunOptions(secrets=EnvironmentSecrets({SECRET_NAME: DEMO_PAT}), log=log))
        with run.engine() as engine:
            summary = engine.run(approval(reference) for reference in REFERENCES)
        assert summary.is_settled
        told = Counter(each["requestId"] for each in simulator.requests() if each["operation"] == "post_entry")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    attempts = [line for line in lines if line.get("message") == "delivery.attempted"]
    ids = {line["event_id"]: line["reference"] for line in attempts if line["result"] == "delivered"}
    assert sorted(ids.values()) == sorted(REFERENCES), "each entry has its line, and its line has an event id"
    assert told == Counter(dict.fromkeys(ids, 2)), "the ledger's log names another event than ours"
    tries = Counter(line["event_id"] for line in attempts if line["posts"])
    assert tries == told, "each try has its line"
