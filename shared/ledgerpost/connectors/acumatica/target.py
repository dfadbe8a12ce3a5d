"""Acumatica as a ledger target of sales orders (ports LedgerTarget and LookUps).

The write protocol, of acumatica.md, section 11: who calls has looked the reference up; the customer is transferred
where it is missing; the order is inserted, or updated by its id with the ids of its rows; it is read back and compared;
then its shipments are made. What gets no answer is Unknown: the next look-up settles it, never a second write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ledgerpost.connectors.acumatica.bodies import insert_body, update_body
from ledgerpost.connectors.acumatica.claiming import Claiming
from ledgerpost.connectors.acumatica.client import AcumaticaClient, Query, Write, quoted
from ledgerpost.connectors.acumatica.comparing import Comparison, differences
from ledgerpost.connectors.acumatica.customers import Customers
from ledgerpost.connectors.acumatica.fields import OrderRefusedError
from ledgerpost.connectors.acumatica.look_ups import AcumaticaLookUps
from ledgerpost.connectors.acumatica.mapped_order import SALES_ORDER, MappedOrder, mapped_order, short_reference
from ledgerpost.connectors.acumatica.options import AcumaticaOptions
from ledgerpost.connectors.acumatica.shipments import Shipments, missing_tracking
from ledgerpost.connectors.acumatica.wire import Record, number_of, text_of
from ledgerpost.connectors.refusals import unreadable
from ledgerpost.domain.document import LedgerDocument, Postable
from ledgerpost.domain.look_up import LookUp, LookUpAnswer
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    DocumentFact,
    Fact,
    FindOutcome,
    Found,
    NotApplied,
    PostOutcome,
    Retry,
    TargetClass,
    Unknown,
)
from ledgerpost.domain.route import AccountId
from ledgerpost.ports import Clock

ABILITY_KEPT = timedelta(minutes=10)
READ_TOTAL_S = 10.0
"""The time of one look-up, all its calls together: a claim's lease has to outlast look-up and post."""

ORDERS_SHOWN_MAX = 3
"""Orders of one reference that are read; more than one is told in any case."""

EXPANDED = (
    "Details", "Payments", "TaxDetails", "Shipments", "Totals", "FinancialSettings",
    "BillToAddress", "BillToContact", "ShipToAddress", "ShipToContact",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFact(DocumentFact):
    """A sales order as the ledger holds it, with what an update has to know."""

    order: Record = field(compare=False, repr=False)
    tracking: frozenset[str] = field(compare=False)


class AcumaticaTarget:
    """One Acumatica connection. Safe to share between threads. Never raises for what the ledger or network does."""

    def __init__(
        self, client: AcumaticaClient, options: AcumaticaOptions, clock: Clock, tenant: str | None, claiming: Claiming
    ) -> None:
        """`tenant` is what the connection signs in to; None where its token alone says so. `claiming` keeps others from
        making the same customer.
        """
        self._client = client
        self._options = options
        self._clock = clock
        self._tenant = tenant
        self._customers = Customers(client, options, clock, claiming)
        self._shipments = Shipments(client)
        self._look_ups = AcumaticaLookUps(client, self._customers, options, clock)
        self._endpoint_good_until: datetime | None = None

    def ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        """Say that orders are searched and updated, once the endpoint is seen; asked at most every ten minutes.

        The account is the tenant, so that no order goes to another one than the route names.
        """
        elsewhere = self._elsewhere(account)
        if elsewhere is not None:
            return elsewhere
        now = self._clock.now()
        if self._endpoint_good_until is None or now >= self._endpoint_good_until:
            with self._client.session.under_way():
                seen = self._see_endpoint()
            if seen is not None:
                return seen
            self._endpoint_good_until = now + ABILITY_KEPT
        return AccountAbility(TargetClass.LOOK_UP, None, updates=True, looks_first=self._options.duplicate_checking)

    def post(self, account: AccountId, entry: Postable, correlation_id: str, onto: Fact | None = None) -> PostOutcome:
        """Write the order, its customer before it and its shipments after it. One PUT of the order at most."""
        if not isinstance(entry, LedgerDocument) or entry.form != SALES_ORDER:
            return NotApplied("document_unsupported", Retry.NEVER, f"Acumatica takes {SALES_ORDER} documents alone.")
        elsewhere = self._elsewhere(account)
        if elsewhere is not None:
            return elsewhere
        try:
            order = mapped_order(entry)
            insert_body(order, self._options)
        except OrderRefusedError as refused:
            return NotApplied(refused.code, Retry.NEVER, refused.message)
        with self._client.session.under_way(post=True):
            write = Write(self._client.session.deadline(), correlation_id, order.personal_values())
            return self._post(order, onto if isinstance(onto, OrderFact) else None, write)

    def find(self, account: AccountId, reference: str) -> FindOutcome:  # noqa: ARG002 - a connection has one tenant
        """Look the orders of the reference up, with all that an update and a comparison need."""
        with self._client.session.under_way():
            return self._found(reference, self._client.session.deadline(READ_TOTAL_S))

    def look_up(self, account: AccountId, name: str, argument: str) -> LookUpAnswer:  # noqa: ARG002 - one tenant
        """Answer a mapping's question (port LookUps)."""
        with self._client.session.under_way():
            return self._look_ups.look_up(name, argument)

    def look_up_together(self, account: AccountId, questions: Sequence[LookUp]) -> list[LookUpAnswer]:  # noqa: ARG002
        """Answer many of a mapping's questions (port ManyLookUps)."""
        with self._client.session.under_way():
            return self._look_ups.look_up_together(questions)

    def close(self) -> None:
        """Give the session's slot of the licence back."""
        self._client.session.log_out()

    def _elsewhere(self, account: AccountId) -> NotApplied | None:
        if self._tenant is None or account.casefold() == self._tenant.casefold():
            return None
        sentence = "The connection's client id ends in another tenant than the route's account."
        return NotApplied("acumatica_tenant_mismatch", Retry.NEVER, sentence)

    def _see_endpoint(self) -> NotApplied | Unknown | None:
        """Give None where the site has the endpoint in the pinned version."""
        document = self._client.endpoints(self._client.session.deadline(READ_TOTAL_S))
        if isinstance(document, NotApplied | Unknown):
            return document
        # Older builds answer with the bare list.
        listed = document.get("endpoints") if isinstance(document, dict) else document
        if not isinstance(listed, list):
            return unreadable(200)
        versions = [
            each.get("version") for each in listed if isinstance(each, Mapping) and each.get("name") == "Default"
        ]
        if self._client.version in versions:
            return None
        sentence = f"The site has no endpoint Default {self._client.version}."
        return NotApplied("acumatica_endpoint_missing", Retry.NEVER, sentence)

    def _post(self, order: MappedOrder, onto: OrderFact | None, write: Write) -> PostOutcome:
        if order.customer is not None:
            customer_id = self._customers.transferred(order.customer, write)
            if not isinstance(customer_id, str):
                return customer_id
            order = order.for_customer(customer_id)
        if onto is not None and not self._differs(order, onto.order, hold=False):
            # Only its shipments are missing.
            shipped = self._shipments.ship(order, onto.order, onto.tracking, write)
            return shipped or Applied(onto.ledger_id, created=False)
        written = self._written(order, onto, write)
        if isinstance(written, NotApplied | Unknown):
            return written
        return self._verified(order, text_of(written, "OrderNbr"), onto, write)

    def _written(self, order: MappedOrder, onto: OrderFact | None, write: Write) -> Record | NotApplied | Unknown:
        if onto is None:
            body = insert_body(order, self._options)
            written = self._client.put("SalesOrder", body, write, insert=True)
            return self._looked_again(order, written, write) if isinstance(written, NotApplied) else written
        try:
            body = update_body(order, onto.order, self._options)
        except ValueError as error:
            return unreadable(200, str(error))
        return self._client.put("SalesOrder", body, write, insert=False)

    def _looked_again(self, order: MappedOrder, refused: NotApplied, write: Write) -> NotApplied:
        """Look whether an order of this reference is there after all: one that came meanwhile, or one that a broken
        rule stopped half-way. It is then the next attempt's to adopt or mend.
        """
        if refused.retry is Retry.LATER or refused.status not in (412, 500):
            return refused
        there = self._numbers_of(order.reference, write.deadline)
        if isinstance(there, list) and there:
            sentence = f"The order {there[0]} has this reference. {refused.detail}"
            return NotApplied("concurrent_update", Retry.LATER, sentence, status=refused.status)
        return refused

    def _verified(self, order: MappedOrder, number: str, onto: OrderFact | None, write: Write) -> PostOutcome:
        """Read the order back, compare it, and see to its shipments.

        The order is written: what is asked of it now and gets no answer leaves only open what it holds.
        """
        if not number:
            return unreadable(200, "The order came back without its number.")
        record = self._read(number, write.deadline)
        if isinstance(record, NotApplied | Unknown):
            return Unknown(record.code, record.detail, record.status)
        differing = self._differs(order, record, hold=True)
        if differing:
            said = f"The order SO {number} is written, and differs in: {', '.join(differing)}."[:300]
            return NotApplied("acumatica_order_differs", Retry.NEVER, said)
        if order.tracking:
            there = self._shipments.tracking_of(record, write.deadline)
            if isinstance(there, NotApplied | Unknown):
                return Unknown(there.code, there.detail, there.status)
            shipped = self._shipments.ship(order, record, there, write)
            if isinstance(shipped, NotApplied) and shipped.retry is Retry.LATER:
                return Unknown(shipped.code, shipped.detail, shipped.status)
            if shipped is not None:
                return shipped
        return Applied(f"SO {number}", created=onto is None)

    def _differs(self, order: MappedOrder, record: Record, *, hold: bool) -> tuple[str, ...]:
        try:
            comparison = Comparison(asserts_taxes=order.asserts_taxes, total=not order.skipped, hold=hold)
            return differences(insert_body(order, self._options), record, comparison)
        except ValueError as error:
            return (str(error),)

    def _found(self, reference: str, deadline: float) -> FindOutcome:
        numbers = self._numbers_of(short_reference(reference), deadline)
        if not isinstance(numbers, list):
            return numbers
        facts: list[Fact] = []
        for number in numbers:
            fact = self._fact(number, reference, deadline)
            if not isinstance(fact, OrderFact):
                return fact
            facts.append(fact)
        return Found(tuple(facts))

    def _numbers_of(self, reference: str, deadline: float) -> list[str] | NotApplied | Unknown:
        """Give the numbers of the orders of a reference.

        Without an expansion, which some list views refuse. The filter compares without regard to case, so what differs
        in case is passed over; anything else shows that the field cannot be filtered.
        """
        field_name = self._options.reference_field
        text = f"OrderType eq 'SO' and {field_name} eq {quoted(reference)}"
        query = Query(select=("OrderType", "OrderNbr", field_name), filter=text)
        found = self._client.first("SalesOrder", query, ORDERS_SHOWN_MAX, deadline=deadline)
        if not isinstance(found, list):
            return found
        if any(text_of(record, field_name).casefold() != reference.strip().casefold() for record in found):
            return unreadable(200, f"The list of orders was not filtered by {field_name}.")
        mine = [record for record in found if text_of(record, field_name) == reference.strip()]
        numbers = [text_of(record, "OrderNbr") for record in mine]
        return numbers if all(numbers) else unreadable(200, "An order came without its number.")

    def _read(self, number: str, deadline: float) -> Record | NotApplied | Unknown:
        custom = [f"{each.view}.{each.name}" for each in self._options.custom.values()]
        return self._client.get("SalesOrder", ["SO", number], EXPANDED, deadline=deadline, custom=custom)

    def _fact(self, number: str, reference: str, deadline: float) -> OrderFact | NotApplied | Unknown:
        record = self._read(number, deadline)
        if isinstance(record, NotApplied | Unknown):
            return record
        tracking = self._shipments.tracking_of(record, deadline)
        if isinstance(tracking, NotApplied | Unknown):
            return tracking

        def holds(document: LedgerDocument) -> bool:
            try:
                order = mapped_order(document)
            except OrderRefusedError:
                return False
            return not self._differs(order, record, hold=False) and not missing_tracking(order, tracking)

        try:
            return OrderFact(
                ledger_id=f"SO {number}",
                reference=reference,
                amount=number_of(record, "OrderTotal"),
                day=date.fromisoformat(text_of(record, "Date")[:10]),
                holds=holds,
                order=record,
                tracking=tracking,
            )
        except ValueError:
            return unreadable(200, "The order cannot be read.")
