"""Runs the template's functions as Lambda would: one execution environment per running invocation, kept warm."""

import importlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ledgerpost.bootstrap import Container, Services, installed
from ledgerpost.errors import UsageError
from ledgerpost.local.clock import milliseconds
from ledgerpost.local.cloud import Ending, Failed, FailureReason, Invocation, Returned
from ledgerpost.local.wiring import FunctionSpec, Wiring
from ledgerpost.ports import Clock

Handler = Callable[[dict[str, Any], Any], Any]
Overrides = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InvocationContext:
    """What Lambda tells a handler of its invocation (`lambda_host.LambdaContext`)."""

    aws_request_id: str
    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    deadline_ms: int
    clock: Clock

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds until the invocation is cut off; never below zero."""
        return max(0, self.deadline_ms - milliseconds(self.clock.now()))


class LocalFunctions:
    """The functions of one wiring. Safe for threads; an environment is used by one invocation at a time.

    `overrides` are laid over the template's variables in each function, as an operator would for a laptop.
    """

    def __init__(self, wiring: Wiring, services: Services, clock: Clock, overrides: Overrides | None = None) -> None:
        self._services = services
        self._clock = clock
        self._overrides = dict(overrides or {})
        self._handlers = {name: _import_handler(spec) for name, spec in wiring.functions.items()}
        self._warm: dict[str, list[Container]] = {name: [] for name in wiring.functions}
        self._lock = threading.Lock()

    def run(self, invocation: Invocation) -> Ending:
        """Run the handler to its end and give its answer, or that it raised."""
        function = invocation.function
        container = self._environment_of(function)
        try:
            with installed(container):
                return self._call(invocation)
        finally:
            with self._lock:
                self._warm[function.name].append(container)

    def close(self) -> None:
        """End the threads of all environments; no invocation may run any more."""
        with self._lock:
            for container in (each for warm in self._warm.values() for each in warm):
                _shut_down(container)
            for warm in self._warm.values():
                warm.clear()

    def _environment_of(self, function: FunctionSpec) -> Container:
        with self._lock:
            warm = self._warm[function.name]
            return warm.pop() if warm else Container({**function.environment, **self._overrides}, self._services)

    def _call(self, invocation: Invocation) -> Ending:
        function = invocation.function
        context = InvocationContext(
            aws_request_id=invocation.id,
            function_name=function.name,
            memory_limit_in_mb=function.memory_mb,
            invoked_function_arn=function.arn,
            deadline_ms=invocation.deadline_ms,
            clock=self._clock,
        )
        try:
            response = self._handlers[function.name](dict(invocation.event), context)
            json.dumps(response)
        except Exception as error:  # noqa: BLE001 - this is Lambda's own place: what a handler raises ends its invocation
            return Failed(FailureReason.RAISED, type(error).__name__)
        return Returned(response)


def _shut_down(container: Container) -> None:
    """End an environment's worker threads; one that never delivered has none."""
    executor = container.deliver.executor if "deliver" in vars(container) else None
    if executor is not None:
        executor.shutdown()


def _import_handler(function: FunctionSpec) -> Handler:
    """Give the function behind a handler string such as `functions.intake.handler.lambda_handler`."""
    module, _, name = function.handler.rpartition(".")
    try:
        handler: Handler = getattr(importlib.import_module(module), name)
    except (ImportError, ValueError, AttributeError):
        message = f"{function.name}: the handler {function.handler} cannot be imported."
        raise UsageError("template_unsupported", message) from None
    return handler
