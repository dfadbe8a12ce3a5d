"""What has to be said of a connector in more than one place is said the same in each."""

import subprocess
import sys

import pytest

from ledgerpost.cli.simulator import app as simulator
from ledgerpost.connectors.registry import BUILDERS
from ledgerpost.wire.configuration_model import TARGETS
from tests.connectors.conformance.cases import CASES
from tests.connectors.scripted import HELD_BUILDERS


def test_every_connector_of_the_registry_has_a_conformance_case():
    assert sorted({case.name.partition("/")[0] for case in CASES}) == sorted(HELD_BUILDERS)


def test_a_configuration_may_name_exactly_the_connectors_that_there_are():
    assert sorted(TARGETS) == sorted(BUILDERS)


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_every_connector_has_a_simulator_to_try_it_on(name: str):
    assert name in {command.name for command in simulator.registered_commands}


def test_a_connector_is_loaded_only_where_a_connection_asks_for_it():
    names = [f"ledgerpost.connectors.{name}" for name in BUILDERS]
    script = f"import sys, ledgerpost.connectors.registry; print(sorted(set({names!r}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
