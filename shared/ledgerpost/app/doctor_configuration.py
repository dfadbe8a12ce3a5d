"""Whether what is applied can work: configurations readable, secrets readable, ledgers reachable account by account."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date

from ledgerpost.app.doctor import Check, Verdict
from ledgerpost.app.stage_secrets import accounts_of, secret_reference
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import AccountAbility
from ledgerpost.domain.route import AccountId, Connection, TenantConfiguration
from ledgerpost.errors import ConfigurationError, SecretError, StoreError, describe
from ledgerpost.ports import Clock, LedgerTargets, Secrets
from ledgerpost.ports_setup import ConfigurationStore

EXPIRY_WARNED_DAYS = 30
"""Days before the end of a connection's credentials from which on it is told of."""

ACCOUNTS_ASKED_MAX = 100
"""Accounts of one tenant that are asked for in one run; each asks the ledger once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingPorts:
    """What these checks need; `executor` asks the ledgers side by side."""

    configurations: ConfigurationStore
    clock: Clock
    secrets: Secrets
    targets: LedgerTargets
    executor: Executor


def diagnose_configurations(tenants: Sequence[TenantId] | None, ports: WorkingPorts) -> Iterator[Check]:
    """Give the checks of the configurations of `tenants`, None for all that there are."""
    try:
        found = ports.configurations.tenants() if tenants is None else tenants
    except StoreError as error:
        yield _failed("configuration", "tenants", error)
        return
    if not found:
        fix = "Apply one: `ledgerpost apply C --stage S`."
        yield Check(
            "configuration", "tenants", Verdict.WARN, "No configuration is applied: every event is set aside.", fix
        )
    for tenant in found:
        yield from _of_tenant(tenant, ports)


def _of_tenant(tenant: TenantId, ports: WorkingPorts) -> Iterator[Check]:
    try:
        applied = ports.configurations.applied(tenant)
    except StoreError as error:
        yield _failed("configuration", tenant, error)
        return
    if applied is None:
        fix = "Check the tenant's name, or apply a configuration for it."
        yield Check("configuration", tenant, Verdict.FAIL, "No configuration is applied.", fix)
        return
    who = f"revision {applied.revision}, applied by {applied.by or 'nobody named'} at {applied.at:%Y-%m-%d %H:%M} UTC"
    routes = f"{sum(route.enabled for route in applied.configuration.routes.values())} enabled routes"
    yield Check("configuration", tenant, Verdict.OK, f"{who}, {routes}.")
    yield from diagnose_connections(applied.configuration, ports)


def diagnose_connections(configuration: TenantConfiguration, ports: WorkingPorts) -> Iterator[Check]:
    """Give the checks of every connection: its secret readable, each account that it posts to reached."""
    asked: list[tuple[Connection, AccountId]] = []
    for connection in configuration.connections.values():
        check = _secret_check(configuration.tenant, connection, ports.secrets)
        yield check
        yield from _expiry_check(configuration.tenant, connection, ports.clock.now().date())
        if check.verdict is Verdict.OK:
            asked += [(connection, account) for account in accounts_of(configuration, connection.id)]
    if len(asked) > ACCOUNTS_ASKED_MAX:
        finding = f"not checked: {len(asked) - ACCOUNTS_ASKED_MAX} more accounts of {configuration.tenant}."
        yield Check("ledgers", configuration.tenant, Verdict.WARN, finding)

    def ask(pair: tuple[Connection, AccountId]) -> Check:
        return _account_check(configuration.tenant, pair[0], pair[1], ports.targets)

    yield from ports.executor.map(ask, asked[:ACCOUNTS_ASKED_MAX])


def _secret_check(tenant: TenantId, connection: Connection, secrets: Secrets) -> Check:
    name = f"{tenant}/{connection.id}"
    try:
        value = secrets.read(secret_reference(connection), fresh=True)
    except SecretError as error:
        return _failed("secrets", name, error)
    # The connector says the same of it, at the first post. Source: connectors/tokens.py.
    if not value.strip() or not value.strip().isascii() or not value.strip().isprintable():
        fix = "Put the secret again: `ledgerpost secret put`."
        return Check("secrets", name, Verdict.FAIL, "It is empty or holds signs that no header can carry.", fix)
    return Check("secrets", name, Verdict.OK, "readable.")


def _expiry_check(tenant: TenantId, connection: Connection, today: date) -> Iterator[Check]:
    days = connection.credentials_days_left(today)
    if days is None or days >= EXPIRY_WARNED_DAYS:
        return
    verdict = Verdict.FAIL if days < 0 else Verdict.WARN
    finding = f"The credentials end on {connection.credentials_expire_on}."
    fix = "Have new ones made, put them with `ledgerpost secret put`, and apply the new credentialsExpireOn."
    yield Check("secrets", f"{tenant}/{connection.id}", verdict, finding, fix)


def _account_check(tenant: TenantId, connection: Connection, account: AccountId, targets: LedgerTargets) -> Check:
    name = f"{tenant}/{connection.id}/{account}"
    try:
        answer = targets.target_of(tenant, connection).ability(account)
    except ConfigurationError as error:
        return _failed("ledgers", name, error)
    if isinstance(answer, AccountAbility):
        return Check(
            "ledgers", name, Verdict.OK, f"reached, kept in {answer.currency or 'a currency it does not say'}."
        )
    entry = describe(answer.code)
    return Check("ledgers", name, Verdict.FAIL, f"{answer.code}: {entry.cause}", entry.fix)


def _failed(area: str, name: str, error: StoreError | SecretError | ConfigurationError) -> Check:
    return Check(area, name, Verdict.FAIL, f"{error.code}: {error.message}", error.fix)
