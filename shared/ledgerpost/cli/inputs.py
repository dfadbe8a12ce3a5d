"""What commands are given: configuration documents, event files, secrets."""

from pathlib import Path

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.adapters.sqlite_token_pairs import SqliteTokenPairs
from ledgerpost.cli.output import print_warnings
from ledgerpost.cli.secrets import LocalSecrets
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.route import Connection, ConnectionId, TenantConfiguration
from ledgerpost.errors import EventError, UsageError
from ledgerpost.ports import Secrets
from ledgerpost.wire.configuration import read_configuration
from ledgerpost.wire.event_file import BadLine, EventEntry, read_entries


def configuration_from(path: Path, *, quiet: bool = False) -> TenantConfiguration:
    """Read and check the configuration document at `path`; its warnings go to standard error.

    Raises ConfigurationError for a document that is refused, UsageError for a file that cannot be read.
    """
    checked = read_configuration(text_of_file(path), allow_loopback=True, formulas=RuleEngineFormulas())
    if not quiet:
        print_warnings(checked.warnings)
    return checked.configuration


def text_of_file(path: Path) -> str:
    """Read a text file; raises UsageError where it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("usage", f"{path} cannot be read: {error}.") from None


def connection_of(configuration: TenantConfiguration, connection_id: str) -> Connection:
    """Give the connection called `connection_id`; raises UsageError naming those that there are."""
    connection = configuration.connections.get(ConnectionId(connection_id))
    if connection is None:
        known = ", ".join(sorted(configuration.connections)) or "none"
        raise UsageError("usage", f"There is no connection {connection_id!r}; the document has: {known}.")
    return connection


def targets(secrets: Secrets, state: Path | None = None) -> ConnectorTargets:
    """Give the ledgers as a local command reaches them: http on loopback is allowed here, and only here. Tokens that
    rotate are kept in the folder `state`; without one a connection that has such is refused.
    """
    clock = SystemClock()
    pairs = None if state is None else SqliteTokenPairs(state)
    return ConnectorTargets(secrets, clock, allow_loopback=True, budget=MemoryRequestBudget(clock), token_pairs=pairs)


def secrets() -> Secrets:
    """Give the secrets of this machine: `env:` from its environment, `secretsmanager:` from the AWS account."""
    return LocalSecrets()


def entries_from(path: Path) -> tuple[list[EventEntry], tuple[BadLine, ...]]:
    """Read a file of events: the entries for the bus, and the lines that are none. Raises UsageError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError("usage", f"{path} cannot be read: {error}.") from None
    read = list(read_entries(content, path.name))
    entries = [item for item in read if isinstance(item, EventEntry)]
    return entries, tuple(item for item in read if isinstance(item, BadLine))


def bus_bodies_from(path: Path) -> list[tuple[str, str | EventError]]:
    """Give each event of a file as the bus would hand it on, or its error, with the place it stands at."""
    entries, bad_lines = entries_from(path)
    bodies: list[tuple[int, str | EventError]] = [(bad.line, bad.error) for bad in bad_lines]
    bodies += [(entry.line, entry.envelope(f"line-{entry.line}", time="1970-01-01T00:00:00Z")) for entry in entries]
    return [(f"{path.name}, line {line}", body) for line, body in sorted(bodies, key=lambda item: item[0])]
