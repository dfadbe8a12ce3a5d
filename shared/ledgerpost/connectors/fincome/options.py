"""What a Fincome connection may set: the header that carries its key, and the paths.

Neither is in the public part of Fincome's reference, so both are configuration. Source: fincome sheet, section 1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ledgerpost.errors import ConfigurationError, Problem

KEY_HEADER = "keyHeader"
KEY_PREFIX = "keyPrefix"
PATH_PREFIX = "paths."

DEFAULT_PATHS: Mapping[str, str] = {
    "customers": "/customers",
    "products": "/products",
    "prices": "/prices",
    "subscriptions": "/subscriptions",
    "invoices": "/invoices",
    "creditNotes": "/credit-notes",
}
"""Confirmed are those of customers, subscriptions and invoices; the others are ours."""

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_PATH = re.compile(r"/[A-Za-z0-9._~/-]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FincomeOptions:
    """The settings of one connection. The key stands in `key_header` after `key_prefix`; `paths` are under the base
    URL.
    """

    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    paths: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_PATHS))


def options_from(options: Mapping[str, str], place: str) -> FincomeOptions:
    """Read a connection's options; `place` is its path in the document. Raises ConfigurationError with all problems."""
    problems = [problem for name, value in options.items() if (problem := _problem_of(name, value, place)) is not None]
    if problems:
        raise ConfigurationError(problems)
    paths = {name: options.get(PATH_PREFIX + name, default) for name, default in DEFAULT_PATHS.items()}
    defaults = FincomeOptions()
    return FincomeOptions(
        key_header=options.get(KEY_HEADER, defaults.key_header),
        key_prefix=options.get(KEY_PREFIX, defaults.key_prefix),
        paths=paths,
    )


def _problem_of(name: str, value: str, place: str) -> Problem | None:
    where = f"{place}.options.{name}"
    if name == KEY_HEADER:
        fits, mend = _HEADER.fullmatch(value) is not None, "Write the name of a header, such as X-Api-Key."
    elif name == KEY_PREFIX:
        fits, mend = (
            value.isascii() and value.isprintable() and len(value) <= 64,
            "Write plain text, or leave it empty.",
        )
    elif name.removeprefix(PATH_PREFIX) in DEFAULT_PATHS and name.startswith(PATH_PREFIX):
        fits, mend = _PATH.fullmatch(value) is not None, "Write a path that begins with /, such as /customers."
    else:
        known = (KEY_HEADER, KEY_PREFIX, *(PATH_PREFIX + path for path in DEFAULT_PATHS))
        return Problem(where, "Fincome has no such option.", f"Use one of {', '.join(known)}.", "config_unknown_key")
    return None if fits else Problem(where, "This is not what the option takes.", mend, "config_wrong_value")
