"""Acumatica's own paths beside the API; the common ones are in `serving/admin.py`.

`GET /_simulator/records/ENTITY` (JSON Lines, everything expanded, amounts as decimal text) ·
`POST /_simulator/settings {SWITCH: value}` · `POST /_simulator/put/ENTITY` (a document, written as a user of the site
would, with no fault). The site's entries are its orders.
"""

import json
from collections.abc import Callable
from http import HTTPStatus

from ledgerpost.simulators.acumatica.jsontext import decode, encode
from ledgerpost.simulators.acumatica.problems import SiteRefusal
from ledgerpost.simulators.acumatica.records import everything, shown
from ledgerpost.simulators.acumatica.simulator import Simulator
from ledgerpost.simulators.acumatica.site import Condition
from ledgerpost.simulators.serving.admin import AdminPaths, common_paths, done, object_of
from ledgerpost.simulators.serving.exchange import Answer, Call
from ledgerpost.simulators.serving.settings import SettingsError


def paths_of(simulator: Simulator) -> AdminPaths:
    """Every admin path of this simulator."""

    def settings(call: Call) -> Answer:
        simulator.turn(object_of(call))
        return done()

    entities = simulator.site.tables
    return {
        **common_paths(simulator),
        "settings": ("POST", settings),
        **{f"records/{entity}": ("GET", _records(simulator, entity)) for entity in entities},
        **{f"put/{entity}": ("POST", _put(simulator, entity)) for entity in entities},
    }


def _records(simulator: Simulator, entity: str) -> Callable[[Call], Answer]:
    def answer(_: Call) -> Answer:
        lines = (json.dumps(document).encode() + b"\n" for document in simulator.record_documents(entity))
        return Answer(int(HTTPStatus.OK), content_type="application/x-ndjson", lines=lines)

    return answer


def _put(simulator: Simulator, entity: str) -> Callable[[Call], Answer]:
    def answer(call: Call) -> Answer:
        try:
            record = simulator.site.put(entity, decode(call.body), Condition()).record
        except SiteRefusal as refusal:
            raise SettingsError(str(refusal)) from None
        return Answer(int(HTTPStatus.OK), encode(shown(record, everything(record.schema))))

    return answer
