from ledgerpost.connectors.registry import BUILDERS
from tests.connectors.conformance.cases import CASES


def test_every_connector_of_the_registry_has_a_conformance_case():
    assert {case.name for case in CASES} == set(BUILDERS)
