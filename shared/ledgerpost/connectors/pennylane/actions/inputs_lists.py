"""The inputs of the list actions. Source: seed 002; pennylane sheet, section 9."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ledgerpost.connectors.pennylane.actions.inputs import Ids, Input, MaybeText, listed


class ListInput(Input):
    """List products, customers or suppliers."""

    id: Ids = ()
    page: Annotated[int, Field(ge=1)] = 1
    extract_in_marjory_file: bool = False


class ListCategoriesInput(ListInput):
    """List categories; `sort` names attributes separated by commas, `-` before one turns it round."""

    per_page: Annotated[int, Field(ge=1, le=100)] = 20
    sort: MaybeText = None


class ListFilteredInput(Input):
    """List billing subscriptions or estimates. Each filter is text: `field:operator:value`, or the JSON of one."""

    id: Ids = ()
    page: Annotated[int, Field(ge=1)] = 1
    filter: Annotated[tuple[str | dict[str, Any], ...], BeforeValidator(listed)] = ()


class ListInvoicesInput(Input):
    """List invoices. With `id` the other fields are not to be filled."""

    id: MaybeText = None
    page: Annotated[int, Field(ge=1)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 20
    filter: Annotated[tuple[dict[str, Any] | str, ...], BeforeValidator(listed)] = ()
    extract_in_marjory_file: bool = False
