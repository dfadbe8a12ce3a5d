"""Customers: found by link or e-mail address, and transferred once where an order's is not there yet.

Source: acumatica.md, section 7; seed 004, "Automatic Customer transfer". A PUT without an id makes a customer each
time, so it is claimed before, of all workers, and searched before and after: two that share an address stop for review,
whoever made them. Where Acumatica lets customers be numbered by hand, the id is made of the source's, and the ledger
keeps it from being there twice.
"""

import threading
import time
from datetime import datetime, timedelta
from typing import Any

from ledgerpost.connectors.acumatica.claiming import Claiming, Taken
from ledgerpost.connectors.acumatica.client import AcumaticaClient, Query, Write, quoted
from ledgerpost.connectors.acumatica.fields import ADDRESS, OrderRefusedError, write_fields
from ledgerpost.connectors.acumatica.mapped_order import Fields
from ledgerpost.connectors.acumatica.options import AcumaticaOptions
from ledgerpost.connectors.acumatica.problems import NOT_LET_IN
from ledgerpost.connectors.acumatica.wire import Record, text_of, wrapped
from ledgerpost.connectors.refusals import unreadable
from ledgerpost.domain.look_up import Absent, Ambiguous, LookedUp, LookUpAnswer
from ledgerpost.domain.orders.sentences import CUSTOMER_TRANSFER_FAILED
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown
from ledgerpost.ports import Clock

LOCKS = 64
KNOWN_MAX = 10_000
KNOWN_FOR = timedelta(minutes=10)
"""How long a customer that was transferred or found is taken as there."""

_BESIDE = frozenset({"Kind", "SourceId", "Email", "FirstName", "LastName", "Phone", "Company"})


class Customers:
    """The customers of one connection. Safe to share between threads."""

    def __init__(self, client: AcumaticaClient, options: AcumaticaOptions, clock: Clock, claiming: Claiming) -> None:
        self._client = client
        self._options = options
        self._clock = clock
        self._locks = tuple(threading.Lock() for _ in range(LOCKS))
        self._known: dict[str, tuple[str, datetime]] = {}
        self._claiming = claiming

    def by_reference(self, reference: str, deadline: float) -> LookUpAnswer:
        """Give the customer that is linked to the source's id; Absent where the connection keeps no such link."""
        field = self._options.customer_reference_field
        return self._search(f"{field} eq {quoted(reference)}", deadline) if field and reference else Absent()

    def by_email(self, email: str, deadline: float) -> LookUpAnswer:
        """Give the customer of an e-mail address; two hits are Ambiguous, never a guess."""
        return self._search(f"MainContact/Email eq {quoted(email)}", deadline) if email else Absent()

    def transferred(self, customer: Fields, write: Write) -> str | NotApplied | Unknown:
        """Give the id of the order's customer, made where it is not there. One thread at a time for one address.

        NotApplied and Unknown block the order: nothing of it was written.
        """
        email = str(customer.get("Email") or "").strip()
        key = email.casefold()
        lock = self._locks[hash(key) % LOCKS]
        if not lock.acquire(timeout=max(0.0, write.deadline - time.monotonic())):
            return NotApplied("customer_in_transfer", Retry.LATER, "Another order was transferring the customer.")
        try:
            known = self._known.get(key)
            if known is not None and self._clock.now() < known[1]:
                return known[0]
            return self._transferred(customer, email, write)
        finally:
            lock.release()

    def _transferred(self, customer: Fields, email: str, write: Write) -> str | NotApplied | Unknown:
        found = self.by_email(email, write.deadline)
        return self._made(customer, email, write) if isinstance(found, Absent) else self._answered(found, email)

    def _answered(self, found: LookedUp | Ambiguous | NotApplied | Unknown, email: str) -> str | NotApplied:
        match found:
            case LookedUp():
                return self._keep(email, found.values[0])
            case Ambiguous():
                return _two()
            case Unknown():
                # A search changes nothing: the order waits.
                return NotApplied(found.code, Retry.LATER, found.detail, status=found.status)
            case NotApplied():
                return found

    def _made(self, customer: Fields, email: str, write: Write) -> str | NotApplied | Unknown:
        try:
            body = self._body(customer, email)
        except OrderRefusedError as refused:
            return NotApplied(refused.code, Retry.NEVER, refused.message)
        if "CustomerID" in body:
            # The ledger keeps our ids unique.
            return self._put(body, email, write)
        taken = self._claiming.take(email)
        if isinstance(taken, str):
            return self._keep(email, taken)
        return taken if isinstance(taken, NotApplied) else self._made_under_claim(taken, body, email, write)

    def _made_under_claim(
        self, taken: Taken, body: dict[str, Any], email: str, write: Write
    ) -> str | NotApplied | Unknown:
        """Search once more, since another may have made it between our search and our claim; then make it."""
        found = self.by_email(email, write.deadline)
        made = self._put(body, email, write) if isinstance(found, Absent) else self._answered(found, email)
        match made:
            case str():
                self._claiming.made(taken, made)
            case Unknown():
                self._claiming.in_doubt(taken)
            case NotApplied():
                self._claiming.not_made(taken)
        return made

    def _put(self, body: dict[str, Any], email: str, write: Write) -> str | NotApplied | Unknown:
        made = self._client.put("Customer", body, write, insert=True, expand=("MainContact",))
        if isinstance(made, Unknown):
            return made
        if isinstance(made, NotApplied):
            return self._refused(made, body, email, write)
        customer_id = text_of(made, "CustomerID")
        if not customer_id:
            return unreadable(200, "The customer came back without an id.")
        return self._read_back(email, customer_id, write)

    def _read_back(self, email: str, customer_id: str, write: Write) -> str | NotApplied:
        """Look whether it is the only one: another process may have made the same customer at the same moment."""
        if isinstance(self.by_email(email, write.deadline), Ambiguous):
            return _two()
        return self._keep(email, customer_id)

    def _refused(self, refused: NotApplied, body: Record, email: str, write: Write) -> str | NotApplied | Unknown:
        """A refusal ends the order; under an id of ours that is taken, the customer may have come meanwhile."""
        customer_id = text_of(body, "CustomerID")
        if refused.code == "acumatica_number_taken" and customer_id:
            there = self._client.get("Customer", [customer_id], ("MainContact",), deadline=write.deadline)
            if isinstance(there, NotApplied | Unknown):
                return NotApplied(there.code, Retry.LATER, there.detail, status=there.status)
            if text_of(there, "MainContact", "Email").casefold() == email.casefold():
                return self._keep(email, customer_id)
        if refused.retry is Retry.LATER or refused.code in NOT_LET_IN:
            return refused
        return NotApplied(CUSTOMER_TRANSFER_FAILED, Retry.NEVER, refused.detail, status=refused.status)

    def _body(self, customer: Fields, email: str) -> dict[str, Any]:
        names = [str(customer[name]).strip() for name in ("FirstName", "LastName") if customer.get(name)]
        full_name = " ".join(names)
        source_id = str(customer.get("SourceId") or "").strip()
        contact: dict[str, Any] = {"Email": wrapped(email)}
        if full_name:
            contact["Attention"] = wrapped(full_name)
        if customer.get("Phone"):
            contact["Phone1"] = wrapped(str(customer["Phone"]).strip())
        address = write_fields(customer, ADDRESS, beside=_BESIDE)
        body: dict[str, Any] = {"CustomerName": wrapped(str(customer.get("Company") or "") or full_name or email)}
        if self._options.customer_prefix and source_id:
            body["CustomerID"] = wrapped(f"{self._options.customer_prefix}{source_id}".upper())
        if self._options.customer_class:
            body["CustomerClass"] = wrapped(self._options.customer_class)
        if self._options.customer_reference_field and source_id:
            body[self._options.customer_reference_field] = wrapped(source_id)
        return body | {"MainContact": contact | ({"Address": address} if address else {})}

    def _search(self, filter_text: str, deadline: float) -> LookUpAnswer:
        query = Query(select=("CustomerID",), filter=filter_text)
        found = self._client.first("Customer", query, 2, deadline=deadline)
        if not isinstance(found, list):
            return found
        ids = [text_of(record, "CustomerID") for record in found]
        if not all(ids):
            return unreadable(200, "A customer came without an id.")
        if len(ids) > 1:
            return Ambiguous(len(ids))
        return LookedUp(tuple(ids)) if ids else Absent()

    def _keep(self, email: str, customer_id: str) -> str:
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[email.casefold()] = (customer_id, self._clock.now() + KNOWN_FOR)
        return customer_id


def _two() -> NotApplied:
    return NotApplied("customer_ambiguous", Retry.NEVER, "More than one customer has the order's e-mail address.")
