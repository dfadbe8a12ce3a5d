"""Every connector that has to pass the conformance suite. A new connector adds its case here."""

from tests.connectors.conformance.acumatica_case import ACUMATICA
from tests.connectors.conformance.case import ConnectorCase
from tests.connectors.conformance.codat_case import CODAT
from tests.connectors.conformance.pennylane_case import PENNYLANE
from tests.connectors.conformance.pennylane_days_case import PENNYLANE_DAYS
from tests.connectors.conformance.pennypipe_case import PENNYPIPE
from tests.connectors.conformance.quillbook_case import QUILLBOOK

CASES: tuple[ConnectorCase, ...] = (ACUMATICA, CODAT, PENNYLANE, PENNYLANE_DAYS, PENNYPIPE, QUILLBOOK)
