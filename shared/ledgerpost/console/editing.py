"""Changing a tenant's configuration from a page: the applied one as a document, one thing changed in it, applied whole.

A page changes one connection or one route; what is checked and applied is always the whole document, by the same use
case as `ledgerpost apply`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledgerpost.app import acts
from ledgerpost.app.apply import Consent, plan
from ledgerpost.app.configuration_changes import Change, PlainItems
from ledgerpost.app.stage_secrets import REFRESH_TOKEN, secrets_of
from ledgerpost.console.caller import Caller
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AppliedConfiguration, TenantConfiguration
from ledgerpost.errors import ConfigurationError, Problem, StoreError, describe
from ledgerpost.wire.configuration import read_configuration

Document = dict[str, Any]

_NO_CONTENT = frozenset({"tenant", "item", "revision"})


@dataclass(frozen=True, slots=True)
class Saved:
    """What was applied: the configuration, what changed in it, and what is hardly meant."""

    applied: AppliedConfiguration
    changes: tuple[Change, ...]
    warnings: tuple[Problem, ...]


def applied_or_empty(ports: ConsolePorts, tenant: TenantId) -> tuple[TenantConfiguration, int]:
    """Give the tenant's configuration with its revision; an empty one of revision 0 where nothing is applied yet."""
    applied = ports.configurations.applied(tenant)
    if applied is None:
        return TenantConfiguration(tenant, {}, {}), 0
    return applied.configuration, applied.revision


def document_of(configuration: TenantConfiguration, plain: PlainItems) -> Document:
    """Give the configuration as the document that makes it."""
    document: Document = {"tenant": configuration.tenant, "connections": [], "routes": []}
    for item in plain(configuration):
        what, _, name = item["item"].partition("#")
        if name:
            content = {key: value for key, value in item.items() if key not in _NO_CONTENT}
            document[f"{what}s"].append(_without_nothing(content))
    return document


def _without_nothing(value: Any) -> Any:
    """Leave out what is null or an empty list or object: the document means the same without."""
    if not isinstance(value, Mapping):
        return value
    kept = {key: _without_nothing(each) for key, each in value.items()}
    return {key: each for key, each in kept.items() if each not in (None, [], {}) or key == "rules"}


def with_item(document: Document, what: str, item: Document) -> Document:
    """Give the document with `item` in the place of its namesake, or at the end of the list `what`."""
    items = document[what]
    known = any(each["id"] == item["id"] for each in items)
    changed = [item if each["id"] == item["id"] else each for each in items]
    return document | {what: changed if known else [*items, item]}


def without_item(document: Document, what: str, id_: str) -> Document:
    """Give the document without the item of that id."""
    return document | {what: [each for each in document[what] if each["id"] != id_]}


def rules_text(document: Document, route: str) -> str:
    """Give a route's rules as the editor shows them."""
    rules = next(each["rules"] for each in document["routes"] if each["id"] == route)
    return json.dumps(rules, indent=2, ensure_ascii=False)


def save(
    document: Document, caller: Caller, ports: ConsolePorts, *, revision: int | None, consent: Consent | None = None
) -> Saved:
    """Check and apply the document. `revision` is the one that the person has seen; None applies onto any.

    Raises ConfigurationError with all problems, StoreError(config_applied_meanwhile) where somebody else was faster.
    """
    assert document["tenant"] == caller.tenant, "a page changes the caller's own tenant"
    refuse_what_was_not_seen(ports, caller.tenant, revision)
    checked = read_configuration(json.dumps(document), allow_loopback=ports.is_local, formulas=ports.formulas)
    _refuse_foreign_secrets(checked.configuration, ports)
    planned = plan(checked.configuration, consent or Consent(), ports.apply)
    warnings = (*checked.warnings, *planned.warnings)
    if not planned.changes and not planned.objections and planned.before is not None:
        return Saved(planned.before, (), warnings)
    return Saved(acts.apply(planned, ports.apply, ports.doing(caller)), planned.changes, warnings)


def refuse_what_was_not_seen(ports: ConsolePorts, tenant: TenantId, revision: int | None) -> None:
    """Raise StoreError(config_applied_meanwhile) where another revision is applied than the person has seen."""
    applied = ports.configurations.applied(tenant)
    now = applied.revision if applied else 0
    if revision is not None and revision != now:
        who = f"{applied.by} applied revision {now}" if applied else "Nothing is applied any more"
        raise StoreError("config_applied_meanwhile", f"{who} since you opened the page; yours was not written.")


def _refuse_foreign_secrets(configuration: TenantConfiguration, ports: ConsolePorts) -> None:
    """Let a document name no secret but the one that is kept for its own connection, or the one that is applied.

    A document that named another tenant's would have that one's token sent to a base URL of its own choice.
    """
    applied, _ = applied_or_empty(ports, configuration.tenant)
    problems: list[Problem] = []
    for connection in configuration.connections.values():
        there = applied.connections.get(connection.id)
        for holder, named in secrets_of(connection).items():
            kept = ports.vault.find(ports.secret_name(configuration.tenant, holder))
            if named not in (there and secrets_of(there).get(holder), kept and kept.reference):
                code = "config_secret_not_on_stage"
                message = "It names a secret that is not kept for this connection."
                place = "auth" if holder == connection.id else f"options.{REFRESH_TOKEN}"
                problems.append(Problem(f"connections[{connection.id}].{place}", message, describe(code).fix, code))
    if problems:
        raise ConfigurationError(problems)
