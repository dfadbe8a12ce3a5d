"""The options of a Codat connection."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ledgerpost.errors import ConfigurationError, Problem

PUSH_TIMEOUT_MINUTES = 60
PUSH_TIMEOUT_MINUTES_MAX = 14 * 24 * 60
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodatOptions:
    """`connection_id` is the company's data connection to its accounting software; without it, it is asked for.

    `timeout_minutes` is how long Codat may keep a push pending.
    """

    connection_id: str | None = None
    timeout_minutes: int = PUSH_TIMEOUT_MINUTES


def options_from(options: Mapping[str, str], at: str) -> CodatOptions:
    """Read the options. Raises ConfigurationError; `at` is the path of the connection."""
    problems = [
        problem for name, value in options.items() if (problem := _problem_of(name, value, f"{at}.options.{name}"))
    ]
    if problems:
        raise ConfigurationError(problems)
    minutes = options.get("timeoutInMinutes")
    return CodatOptions(
        connection_id=options.get("connectionId"),
        timeout_minutes=PUSH_TIMEOUT_MINUTES if minutes is None else int(minutes),
    )


def _problem_of(name: str, value: str, at: str) -> Problem | None:
    match name:
        case "connectionId":
            if _ID.fullmatch(value):
                return None
            mend = "Copy the id of the connection from Codat's portal."
            return Problem(at, "This is no id of a connection.", mend, "config_wrong_value")
        case "timeoutInMinutes":
            if value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= PUSH_TIMEOUT_MINUTES_MAX:
                return None
            mend = f"Write a whole number from 1 to {PUSH_TIMEOUT_MINUTES_MAX}."
            return Problem(at, "This is no number of minutes.", mend, "config_wrong_value")
        case _:
            mend = "Use connectionId or timeoutInMinutes."
            return Problem(at, "Codat has no such option.", mend, "config_unknown_key")
