"""What a mapping may ask of Acumatica (port LookUps). Source: acumatica.md, section 7; docs/mapping-collections.md."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from ledgerpost.connectors.acumatica.client import AcumaticaClient, Query, quoted
from ledgerpost.connectors.acumatica.customers import Customers
from ledgerpost.connectors.acumatica.options import AcumaticaOptions
from ledgerpost.connectors.acumatica.wire import text_of
from ledgerpost.connectors.refusals import unreadable
from ledgerpost.domain.look_up import Absent, LookedUp, LookUp, LookUpAnswer, LookUpName
from ledgerpost.domain.orders.matching import same_sku
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.ports import Clock

ANSWERS_KEPT = timedelta(minutes=10)
"""How long a zone, a tax code or a stock item that was found is taken as there. What was absent is asked again."""

ANSWERS_MAX = 50_000
LOOK_UP_TOTAL_S = 10.0
CUSTOMER_KIND = "Customer/"
STOCK_ITEM = LookUpName.STOCK_ITEM_EXISTS

SKUS_PER_SEARCH = 20
"""Stock items of one search: an address line stays far below the 8 KB that servers take."""


class AcumaticaLookUps:
    """The questions of one connection. Safe to share between threads; never raises."""

    def __init__(self, client: AcumaticaClient, customers: Customers, options: AcumaticaOptions, clock: Clock) -> None:
        self._client = client
        self._customers = customers
        self._options = options
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[LookedUp, datetime]] = {}
        self._lock = threading.Lock()

    def look_up(self, name: str, argument: str) -> LookUpAnswer:
        """Answer one question."""
        deadline = self._client.session.deadline(LOOK_UP_TOTAL_S)
        match name:
            case LookUpName.EXTERNAL_ID if argument.startswith(CUSTOMER_KIND):
                return self._customers.by_reference(argument.removeprefix(CUSTOMER_KIND).strip(), deadline)
            case LookUpName.CUSTOMER_BY_EMAIL:
                return self._customers.by_email(argument.strip(), deadline)
            case LookUpName.STOCK_ITEM_EXISTS:
                sku = argument.strip()
                return self._keeping(name, same_sku(sku), lambda: self._stock_item(sku, deadline))
            case LookUpName.TAX_ZONE:
                named = self._options.tax_zones
                return self._keeping(name, "", lambda: self._all("TaxZone", "TaxZoneID", named, deadline))
            case LookUpName.TAX_ID:
                named = self._options.tax_ids
                return self._keeping(name, "", lambda: self._all("Tax", "TaxID", named, deadline))
            case _:
                return NotApplied("look_up_unsupported", Retry.NEVER, f"Acumatica is not asked for {name}.")

    def look_up_together(self, questions: Sequence[LookUp]) -> list[LookUpAnswer]:
        """Answer many questions: stock items that are not known yet by a few searches, the rest one by one."""
        skus = {same_sku(each.argument): each.argument.strip() for each in questions if each.name == STOCK_ITEM}
        unknown = [sku for same, sku in skus.items() if same and self._known(STOCK_ITEM, same) is None]
        found: dict[str, LookUpAnswer] = {}
        for start in range(0, len(unknown), SKUS_PER_SEARCH):
            found |= self._stock_items(unknown[start : start + SKUS_PER_SEARCH])
        return [self._answer_of(each, found) for each in questions]

    def _answer_of(self, question: LookUp, found: Mapping[str, LookUpAnswer]) -> LookUpAnswer:
        answer = found.get(same_sku(question.argument)) if question.name == STOCK_ITEM else None
        return answer or self.look_up(question.name, question.argument)

    def _stock_items(self, skus: Sequence[str]) -> dict[str, LookUpAnswer]:
        """Give the answer for each SKU; none where the site refuses such a filter: they are then asked singly."""
        text = " or ".join(f"InventoryID eq {quoted(sku)}" for sku in skus)
        query = Query(select=("InventoryID", "ItemStatus"), filter=text)
        deadline = self._client.session.deadline(LOOK_UP_TOTAL_S)
        found = self._client.first("StockItem", query, 2 * len(skus), deadline=deadline)
        if isinstance(found, NotApplied) and found.retry is Retry.NEVER:
            return {}
        if not isinstance(found, list):
            return {same_sku(sku): found for sku in skus}
        ids = {same_sku(text_of(record, "InventoryID")): text_of(record, "InventoryID") for record in found}
        if not ids.keys() <= {same_sku(sku) for sku in skus}:
            return dict.fromkeys(map(same_sku, skus), unreadable(200, "The list of stock items was not filtered."))
        return {same: self._keep(same, ids.get(same)) for same in map(same_sku, skus)}

    def _keep(self, same: str, item_id: str | None) -> LookUpAnswer:
        return self._keeping(STOCK_ITEM, same, lambda: LookedUp((item_id,)) if item_id else Absent())

    def _known(self, name: str, argument: str) -> LookedUp | None:
        kept = self._kept.get((name, argument))
        return kept[0] if kept is not None and self._clock.now() < kept[1] else None

    def _keeping(self, name: str, argument: str, ask: Callable[[], LookUpAnswer]) -> LookUpAnswer:
        known = self._known(name, argument)
        if known is not None:
            return known
        answer = ask()
        if isinstance(answer, LookedUp):
            with self._lock:
                if len(self._kept) >= ANSWERS_MAX:
                    self._kept.clear()
                self._kept[name, argument] = (answer, self._clock.now() + ANSWERS_KEPT)
        return answer

    def _stock_item(self, sku: str, deadline: float) -> LookUpAnswer:
        """Ask by a filter: a GET by key answers a missing item with a 500."""
        if not sku:
            return Absent()
        query = Query(select=("InventoryID", "ItemStatus"), filter=f"InventoryID eq {quoted(sku)}")
        found = self._client.first("StockItem", query, 2, deadline=deadline)
        if not isinstance(found, list):
            return found
        ids = [text_of(record, "InventoryID") for record in found]
        return next((LookedUp((each,)) for each in ids if same_sku(each) == same_sku(sku)), Absent())

    def _all(self, entity: str, field: str, named: tuple[str, ...], deadline: float) -> LookUpAnswer:
        """Give what the connection's options name; else every one that the ledger has, in its own order."""
        if named:
            return LookedUp(named)
        found = self._client.all(entity, Query(select=(field,)), deadline=deadline)
        if not isinstance(found, list):
            if isinstance(found, NotApplied) and found.status == 404:
                sentence = f"This endpoint has no {entity}: name the ids in the connection's options."
                return NotApplied("acumatica_entity_missing", Retry.NEVER, sentence, status=404)
            return found
        ids = tuple(each for each in (text_of(record, field) for record in found) if each)
        return LookedUp(ids) if ids else Absent()
