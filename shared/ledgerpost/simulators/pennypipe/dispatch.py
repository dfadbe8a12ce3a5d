"""From a call to its answer."""

from collections.abc import Callable

from ledgerpost.simulators.pennypipe import admin, api
from ledgerpost.simulators.pennypipe.simulator import Simulator
from ledgerpost.simulators.serving.dispatch import dispatch
from ledgerpost.simulators.serving.exchange import Answer, Call


def answer(simulator: Simulator, call: Call) -> Answer:
    """The answer to any call."""

    def answer_api(call: Call, name: Callable[[str], None]) -> Answer:
        if call.path == api.TOKEN_PATH:
            name("token")
            return api.token(simulator, call)
        if call.path == api.DISCOVERY_PATH:
            name("discovery")
            return api.discovery(simulator, call)
        return api.resource(simulator, call, name)

    return dispatch(call, log=simulator.log, admin=admin.paths_of(simulator), api=answer_api)
