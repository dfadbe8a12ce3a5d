"""The worked example behind the whole pipeline: its replies are cut, its errors hide what was done, and each entry is
there once.
"""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from docs.examples.quillbook.connector import quillbook
from docs.examples.quillbook.simulator import DEMO_BOOK, DEMO_TOKEN, QuillbookProcess, QuillbookSettings
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.cli.demo import SECRET_NAME, demo_document
from ledgerpost.cli.run import Run, RunOptions
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.route import AccountId, TenantConfiguration
from ledgerpost.wire.configuration import read_configuration
from tests.local.approvals import approval

REFERENCES = [f"R{number}" for number in range(40)]


class QuillbookRun(Run):
    """A run whose connector is the example's: what a line in the registry would do."""

    def targets(self, allow_loopback: bool) -> ConnectorTargets:
        secrets = EnvironmentSecrets({SECRET_NAME: DEMO_TOKEN})
        return ConnectorTargets(secrets, self._clock, allow_loopback=allow_loopback, builders={"quillbook": quillbook})


def a_configuration(url: str) -> TenantConfiguration:
    """The demo's configuration, with Quillbook in PennyPipe's place: the document's schema names what ships alone."""
    made = read_configuration(json.dumps(demo_document(url)), allow_loopback=True).configuration
    connections = {name: replace(each, target="quillbook") for name, each in made.connections.items()}
    routes = {name: replace(each, account=AccountId(DEMO_BOOK)) for name, each in made.routes.items()}
    return replace(made, connections=connections, routes=routes)


@pytest.mark.parametrize("remembers_keys", [True, False], ids=["key", "look-up"])
def test_every_approval_is_one_entry_whatever_becomes_of_the_replies(remembers_keys: bool) -> None:
    settings = QuillbookSettings(currency="GBP", remembers_keys=remembers_keys)
    with QuillbookProcess(settings) as simulator:
        simulator.set_faults("cut=0.3:once,error_after=0.2:once,limit=0.1:once:0")
        overrides = {"READ_LAG_S": "0", "RETRY_DELAYS_S": "0,0,0,0"}
        run = QuillbookRun(
            a_configuration(simulator.url), RunOptions(secrets=EnvironmentSecrets({}), overrides=overrides)
        )
        with run.engine() as engine:
            summary = engine.run(approval(reference) for reference in REFERENCES)
            report = engine.report(summary).as_json()
        entries = list(simulator.entries())
        posts = json.loads(simulator.call_admin("GET", "counts"))["calls"]["POST entries"]
    assert summary.is_settled
    assert report["deliveries"]["delivered"] == len(REFERENCES)
    assert sorted(entry["externalId"] for entry in entries) == sorted(REFERENCES)
    assert sum(Decimal(entry["amount"]) for entry in entries) == len(REFERENCES) * Decimal("139.12")
    assert min(posts["cut"], posts["500"], posts["429"]) > 0, "every fault struck"
