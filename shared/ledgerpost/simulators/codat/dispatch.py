"""From a call to its answer."""

from ledgerpost.simulators.codat import admin, api
from ledgerpost.simulators.codat.simulator import Simulator
from ledgerpost.simulators.serving.dispatch import dispatch
from ledgerpost.simulators.serving.exchange import Answer, Call


def answer(simulator: Simulator, call: Call) -> Answer:
    """The answer to any call."""
    return dispatch(
        call,
        log=simulator.log,
        admin=admin.paths_of(simulator),
        api=lambda call, name: api.resource(simulator, call, name),
    )
