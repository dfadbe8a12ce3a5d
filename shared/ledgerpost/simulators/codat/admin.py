"""Codat's own paths beside the API; the common ones are in `serving/admin.py`.

`POST /_simulator/orders {"companyId", "orders": [{"id", "createdDate", "orderLineItems", "payments"}]}`: orders of the
shop, for the sync runs.
"""

from typing import Any

from ledgerpost.simulators.codat.simulator import Simulator
from ledgerpost.simulators.serving.admin import AdminPaths, common_paths, object_of, property_of
from ledgerpost.simulators.serving.exchange import Answer, Call, json_answer


def paths_of(simulator: Simulator) -> AdminPaths:
    """Every admin path of this simulator."""

    def orders(call: Call) -> Answer:
        company = simulator.companies.get(str(object_of(call).get("companyId")))
        if company is None:
            raise ValueError("no such company")
        sent: list[dict[str, Any]] = property_of(call, "orders", list)
        told = [company.syncs.add_order(order) for order in sent]
        return json_answer({"messages": [message for message in told if message is not None]})

    return {**common_paths(simulator), "orders": ("POST", orders)}
