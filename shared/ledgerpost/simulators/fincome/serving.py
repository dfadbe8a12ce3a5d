"""The Fincome simulator, served."""

from http import HTTPStatus

from ledgerpost.simulators.fincome.api import FincomeSimulator
from ledgerpost.simulators.fincome.settings import FincomeSettings
from ledgerpost.simulators.serving.exchange import json_answer
from ledgerpost.simulators.serving.running import Served


def served(settings: FincomeSettings) -> Served:
    """A new simulator of these settings, to be served; the API lies under `/product`."""
    too_large = json_answer({"detail": "The body is too large"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return Served("fincome", FincomeSimulator(settings).answer, lambda: too_large)
