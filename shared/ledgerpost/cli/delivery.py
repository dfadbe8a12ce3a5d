"""`ledgerpost delivery`: look at deliveries, take parked ones up again, skip what is not to be posted."""

from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerpost.app import acts
from ledgerpost.app.acts import Doing
from ledgerpost.app.explain import status_check
from ledgerpost.app.operate import Bulk
from ledgerpost.cli.books import Books, ByOption, StageOption, StateOption, TenantOption, open_books
from ledgerpost.cli.inputs import configuration_from
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results, table
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.rejection import Rejection
from ledgerpost.error_catalogue import CATALOGUE
from ledgerpost.errors import UsageError, describe

app = typer.Typer(help="Look at deliveries, redrive or skip them.", no_args_is_help=True)

ReferenceArgument = Annotated[str, typer.Argument(help="The reference, or the id of a rejected event.")]
OptionalReference = Annotated[
    str | None, typer.Argument(metavar="[REFERENCE]", help="The reference, or the id of a rejected event.")
]
AllOption = Annotated[bool, typer.Option("--all", help="All parked deliveries of --code, instead of one reference.")]
CodeOption = Annotated[str | None, typer.Option("--code", help="With --all: the code that they are parked with.")]
RouteOption = Annotated[str | None, typer.Option("--route", help="With --all: only those of this route.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="With --all: how many at most.")]
AccountOption = Annotated[str | None, typer.Option("--account", help="The account, where several have the reference.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result for scripts.")]
LIMIT = 100
BULK_LIMIT = 10_000


@app.command("list")
def list_(
    tenant: TenantOption,
    state: StateOption = None,
    stage: StageOption = None,
    status: Annotated[Status | None, typer.Option(help="Only deliveries of this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = LIMIT,
    as_json: JsonOption = False,
) -> None:
    """List deliveries, and the events that were set aside."""
    with open_books(state, stage) as books:
        records = [record for record, _ in zip(books.records(tenant, status), range(limit), strict=False)]
        rejections = _rejections(books, tenant) if status in (None, Status.PARKED) else []
    if as_json:
        print_json({"deliveries": list(map(_plain, records)), "rejected": list(map(_plain_rejection, rejections))})
        return
    shown = table("Deliveries", "reference", "route", "status", "code", "amount", "day", "updated", numbers=("amount",))
    for record in records:
        amount = "" if record.amount is None else f"{record.amount:,f} {record.currency}"
        updated = f"{record.updated_at:%Y-%m-%d %H:%M}"
        cells = (record.key.reference, record.route, record.status, record.code or "", amount, record.day, updated)
        shown.add_row(*cells)
    results.print(shown)
    for rejection in rejections:
        kind = "rejected" if rejection.parked else "skipped"
        results.print(f"{kind} {rejection.id}: {rejection.code}: {rejection.message}", highlight=False)


@app.command("show")
def show(
    reference: ReferenceArgument,
    tenant: TenantOption,
    state: StateOption = None,
    stage: StageOption = None,
    account: AccountOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a delivery's whole story: its state, each attempt, and the next step."""
    with open_books(state, stage) as books:
        record = _one(books, tenant, reference, account)
    if as_json:
        print_json(_plain(record))
        return
    check = status_check(record)
    results.print(f"[bold]{record.key.reference}[/bold] · route {record.route} · {record.kind}", highlight=False)
    results.print(f"  {check.finding}", highlight=False)
    if check.fix:
        results.print(f"  → {check.fix}", highlight=False)
    shown = table("Attempts", "at", "outcome", "code", "status")
    for attempt in record.history:
        status = "" if attempt.status is None else str(attempt.status)
        shown.add_row(f"{attempt.at:%Y-%m-%d %H:%M:%S}", attempt.outcome, attempt.code or "", status)
    results.print(shown)
    for operation in record.operations:
        because = f": {operation.reason}" if operation.reason else ""
        results.print(f"  {operation.at:%Y-%m-%d %H:%M:%S} {operation.by} {operation.act}{because}", highlight=False)


@app.command("redrive")
def redrive(
    tenant: TenantOption,
    reference: OptionalReference = None,
    state: StateOption = None,
    stage: StageOption = None,
    config: Annotated[Path | None, typer.Option("--config", help="With --state: what to deliver by.")] = None,
    account: AccountOption = None,
    all_: AllOption = False,
    code: CodeOption = None,
    route: RouteOption = None,
    limit: LimitOption = BULK_LIMIT,
    reason: Annotated[str, typer.Option(help="Why; kept with the delivery.")] = "",
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a parked or skipped delivery, or a rejected event, up again with a fresh budget of attempts; or with --all
    every parked delivery of one code.

    With --state it is delivered at once; exit 1: it is parked again.
    """
    if state is not None and config is None:
        raise UsageError("usage", "--state also needs --config C, what to deliver by.")
    selection = _selection(tenant, reference, code, route, limit) if all_ or code else None
    configuration = configuration_from(config, quiet=True) if config else None
    with open_books(state, stage, configuration) as books:
        doing = books.doing(by, reason)
        if selection is not None:
            chosen = selection.records(books)
            done = acts.redrive_all(TenantId(tenant), chosen, books.ports, doing)
            books.settle()
            still = sum(_is_parked(books, record) for record in chosen) if state is not None else 0
            _show_bulk("redriven", done, still, as_json=as_json)
            return
        _redrive_one(books, tenant, _needed(reference), account, doing=doing, as_json=as_json)


def _redrive_one(
    books: Books, tenant: str, reference: str, account: str | None, *, doing: Doing, as_json: bool
) -> None:
    rejection = next((each for each in _rejections(books, tenant) if each.id == reference), None)
    if rejection is not None:
        acts.redrive_rejection(TenantId(tenant), rejection, books.ports, doing)
        books.settle()
        results.print(f"{reference} was sent through intake again.", highlight=False)
        return
    key = acts.redrive(_one(books, tenant, reference, account).key, books.ports, doing).key
    books.settle()
    record = books.ports.records.get(key)
    assert record is not None, "a redriven delivery is never deleted"
    if as_json:
        print_json(_plain(record))
    else:
        results.print(status_check(record).finding, highlight=False)
    if record.status is Status.PARKED:
        leave(NEEDS_A_PERSON)


@app.command("skip")
def skip(
    tenant: TenantOption,
    reason: Annotated[str, typer.Option(help="Why; kept with the delivery.")],
    reference: OptionalReference = None,
    state: StateOption = None,
    stage: StageOption = None,
    account: AccountOption = None,
    all_: AllOption = False,
    code: CodeOption = None,
    route: RouteOption = None,
    limit: LimitOption = BULK_LIMIT,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Skip a delivery for good: this version of it is never posted; or with --all every parked one of one code."""
    selection = _selection(tenant, reference, code, route, limit) if all_ or code else None
    with open_books(state, stage) as books:
        doing = books.doing(by, reason)
        if selection is not None:
            done = acts.skip_all(TenantId(tenant), selection.records(books), books.ports, doing)
            _show_bulk("skipped", done, 0, as_json=as_json)
            return
        record = acts.skip(_one(books, tenant, _needed(reference), account).key, books.ports, doing)
    if as_json:
        print_json(_plain(record))
    else:
        results.print(f"{record.key.reference} is skipped: {reason}", highlight=False)


@dataclass(frozen=True, slots=True)
class Selection:
    """The parked deliveries of one code, of all routes or of one; at most `limit`."""

    tenant: str
    code: str
    route: str | None
    limit: int

    def records(self, books: Books) -> list[DeliveryRecord]:
        """Give what is selected at this moment; a collision is left out, since only its owner can be posted."""
        parked = (
            record
            for record in books.records(self.tenant, Status.PARKED)
            if record.code == self.code and self.route in (None, record.route) and not record.key.collision
        )
        return list(islice(parked, self.limit))


def _selection(tenant: str, reference: str | None, code: str | None, route: str | None, limit: int) -> Selection:
    if reference is not None or code is None:
        raise UsageError("usage", "Give a reference, or --all with --code C; `delivery list` shows the codes.")
    if code not in CATALOGUE:
        raise UsageError("usage", f"There is no code {code!r}; docs/errors.md has them all.")
    return Selection(tenant, code, route, limit)


def _needed(reference: str | None) -> str:
    if reference is None:
        raise UsageError("usage", "Give a reference, or --all with --code C.")
    return reference


def _is_parked(books: Books, record: DeliveryRecord) -> bool:
    found = books.ports.records.get(record.key)
    return found is not None and found.status is Status.PARKED


def _show_bulk(act: str, done: Bulk, still_parked: int, *, as_json: bool) -> None:
    if as_json:
        print_json({act: done.done, "movedOn": done.moved_on, "parked": still_parked})
    else:
        moved_on = f"; {done.moved_on} had moved on meanwhile" if done.moved_on else ""
        results.print(f"{done.done} deliveries were {act}{moved_on}.", highlight=False)
    if still_parked:
        leave(NEEDS_A_PERSON)


def _one(books: Books, tenant: str, reference: str, account: str | None) -> DeliveryRecord:
    found = [
        record
        for record in books.records(tenant)
        if record.key.reference == reference and account in (None, record.key.account)
    ]
    if not found:
        raise UsageError("delivery_not_found", f"There is no delivery of reference {reference!r}.")
    if len(found) > 1:
        accounts = ", ".join(sorted({record.key.account for record in found}))
        raise UsageError("usage", f"{len(found)} deliveries have this reference; say --account, one of: {accounts}.")
    return found[0]


def _rejections(books: Books, tenant: str) -> list[Rejection]:
    """Give what was set aside for the tenant, and what could not be told to belong to any."""
    return [each for each in books.ports.rejections.rejections() if each.tenant in ("", tenant)]


def _plain(record: DeliveryRecord) -> dict[str, Any]:
    """Give a record for scripts; the source event is left out, since it may name people."""
    return {
        "tenant": record.key.tenant,
        "connection": record.key.connection,
        "account": record.key.account,
        "referenceId": record.key.reference,
        "collision": record.key.collision or None,
        "route": record.route,
        "kind": record.kind,
        "eventId": record.event_id,
        "version": str(record.version),
        "status": record.status,
        "code": record.code,
        "detail": record.detail or None,
        "fix": describe(record.code).fix if record.code else None,
        "attempts": record.attempts,
        "dueAt": record.due_at,
        "ledgerId": record.effect.ledger_id if record.effect else None,
        "amount": record.amount,
        "currency": record.currency or None,
        "day": record.day or None,
        "history": [{**asdict(attempt), "at": attempt.at.isoformat()} for attempt in record.history],
        "operations": [{**asdict(each), "at": each.at.isoformat()} for each in record.operations],
        "updatedAt": record.updated_at.isoformat(),
    }


def _plain_rejection(rejection: Rejection) -> dict[str, Any]:
    return {
        "id": rejection.id,
        "route": rejection.route or None,
        "code": rejection.code,
        "message": rejection.message,
        "parked": rejection.parked,
        "at": rejection.at.isoformat(),
    }
