"""The table of the sixteen actions, and how one is run. Source: seed 002.

Inside, a failure is a PennylaneError with a code of the catalogue. At the edge it is what the seed says, 500 with a
message, and the code stands beside it, since from 500 alone a caller cannot tell a typing error from an outage.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ledgerpost.connectors.pennylane.actions import documents, lists, masters, subscriptions
from ledgerpost.connectors.pennylane.actions.inputs import Input, read_input
from ledgerpost.connectors.pennylane.actions.inputs_documents import (
    EstimateInput,
    EstimateStatusInput,
    InvoiceInput,
    SubscriptionInput,
    UpdateInvoiceInput,
)
from ledgerpost.connectors.pennylane.actions.inputs_lists import (
    ListCategoriesInput,
    ListFilteredInput,
    ListInput,
    ListInvoicesInput,
)
from ledgerpost.connectors.pennylane.actions.inputs_masters import (
    CategoryInput,
    CustomerInput,
    ProductInput,
    SupplierInput,
)
from ledgerpost.connectors.pennylane.actions.lists import Reading
from ledgerpost.connectors.pennylane.actions.writing_action import Acting, Written
from ledgerpost.connectors.pennylane.client import PennylaneClient
from ledgerpost.connectors.pennylane.lookups import Lookups
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.tokens import scrubbed
from ledgerpost.errors import LedgerpostError
from ledgerpost.ports import ExtractFiles

MESSAGE_LENGTH_MAX = 1000


@dataclass(frozen=True, slots=True)
class Action:
    """One action: its name in commands and events, the seed's title, its input, and what reads or writes."""

    name: str
    title: str
    input: type[Input]
    reads: Callable[[Reading, Any], Mapping[str, Any]] | None = None
    writes: Callable[[Acting, Any], Written] | None = None


ACTIONS = (
    Action("list-products", "List Product(s)", ListInput, reads=lists.list_products),
    Action(
        "create-or-update-product", "Create Or Update Product", ProductInput, writes=masters.create_or_update_product
    ),
    Action(
        "list-billing-subscriptions", "List Billing Subscription(s)", ListFilteredInput, reads=lists.list_subscriptions
    ),
    Action("create-invoice", "Create Invoice", InvoiceInput, writes=documents.create_invoice),
    Action(
        "create-or-update-supplier",
        "Create Or Update Supplier",
        SupplierInput,
        writes=masters.create_or_update_supplier,
    ),
    Action("list-customers", "List Customer(s)", ListInput, reads=lists.list_customers),
    Action("list-suppliers", "List Supplier(s)", ListInput, reads=lists.list_suppliers),
    Action(
        "create-or-update-customer",
        "Create Or Update Customer",
        CustomerInput,
        writes=masters.create_or_update_customer,
    ),
    Action("list-categories", "List Category(ies)", ListCategoriesInput, reads=lists.list_categories),
    Action(
        "create-or-update-category",
        "Create Or Update Category",
        CategoryInput,
        writes=masters.create_or_update_category,
    ),
    Action("create-estimate", "Create Estimate", EstimateInput, writes=documents.create_estimate),
    Action("update-invoice", "Update Invoice", UpdateInvoiceInput, writes=documents.update_invoice),
    Action("list-estimates", "List Estimate(s)", ListFilteredInput, reads=lists.list_estimates),
    Action("list-invoices", "List Invoice(s)", ListInvoicesInput, reads=lists.list_invoices),
    Action(
        "update-estimate-status", "Update Estimate Status", EstimateStatusInput, writes=documents.update_estimate_status
    ),
    Action(
        "create-or-update-billing-subscription",
        "Create Or Update Billing Subscription",
        SubscriptionInput,
        writes=subscriptions.create_or_update_subscription,
    ),
)
"""In the order of the seed's table of contents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What an action came to: the seed's outputs; `created` is None where nothing was to be created, False where the
    same call had made it before; `unsent` are the inputs that Pennylane's API v2 has no place for.
    """

    outputs: Mapping[str, Any]
    created: bool | None = None
    unsent: tuple[str, ...] = ()


class PennylaneActions:
    """The actions over one connection. `scope` names tenant and connection; `files` keeps extracts."""

    def __init__(self, client: PennylaneClient, scope: str, files: ExtractFiles | None = None) -> None:
        self._client = client
        self._scope = scope
        self._files = files

    def run(self, action: str, document: Any, *, key: str = "") -> ActionResult:
        """Run the action of this name or title with the seed's inputs. Raises LedgerpostError.

        `key` tells this call from an earlier one with the same input, where a second thing of the same content is
        meant; a repeat of the same input and key finds what the first call made.
        """
        known = action_of(action)
        asked = read_input(known.input, document)
        lookups = Lookups(self._client)
        if known.reads is not None:
            return ActionResult(outputs=known.reads(Reading(lookups, self._files), asked))
        assert known.writes is not None, "an action reads or writes"
        acting = Acting(lookups=lookups, scope=self._scope, action=known.name, key=key)
        written = known.writes(acting, asked)
        return ActionResult(outputs=written.outputs, created=written.created, unsent=tuple(acting.unsent))

    def answer(self, action: str, document: Any, *, key: str = "") -> dict[str, Any]:
        """Run the action and give the seed's answer: code 200 with its outputs, or 500 with a message. Never raises for
        what the input, Pennylane or the network does.
        """
        try:
            result = self.run(action, document, key=key)
        except LedgerpostError as error:
            return failure(error, self._client.calls.secret_values())
        answer: dict[str, Any] = {"code": 200, "outputs": dict(result.outputs)}
        if result.created is not None:
            answer["created"] = result.created
        if result.unsent:
            answer["notSent"] = list(result.unsent)
        return answer


def action_of(name: str) -> Action:
    """Give the action of this name, or of the seed's title in any case. Raises PennylaneError."""
    for action in ACTIONS:
        if name == action.name or name.strip().casefold() == action.title.casefold():
            return action
    names = ", ".join(action.name for action in ACTIONS)
    raise PennylaneError("pennylane_action_unknown", f"There is no action {name!r}; there are: {names}.")


def failure(error: LedgerpostError, secrets: tuple[str, ...] = ()) -> dict[str, Any]:
    """Give the seed's answer for a failure: what happened and what to do next, with our code beside."""
    message = scrubbed(f"{error.message} {error.fix}", secrets, length_max=MESSAGE_LENGTH_MAX)
    return {"code": 500, "outputs": {"message": message}, "error": error.code}
