"""PennyPipe's own paths beside the API; the common ones are in `serving/admin.py`.

`POST /_simulator/upsert {"on": false}` ·
`POST /_simulator/accounts {"id", "name", "currency", "fields", "tags", "oauth_clients"}`.
"""

from http import HTTPStatus

from ledgerpost.simulators.pennypipe.settings import AccountSettings
from ledgerpost.simulators.pennypipe.simulator import Simulator
from ledgerpost.simulators.serving.admin import AdminPaths, common_paths, done, object_of, property_of
from ledgerpost.simulators.serving.exchange import Answer, Call, json_answer


def paths_of(simulator: Simulator) -> AdminPaths:
    """Every admin path of this simulator."""

    def upsert(call: Call) -> Answer:
        simulator.ledger.upsert = property_of(call, "on", bool)
        return done()

    def accounts(call: Call) -> Answer:
        account = simulator.ledger.add(AccountSettings.from_document(object_of(call)))
        return json_answer({"id": account.id}, HTTPStatus.CREATED)

    return {**common_paths(simulator), "upsert": ("POST", upsert), "accounts": ("POST", accounts)}
