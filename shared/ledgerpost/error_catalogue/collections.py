"""Mapping collections: their formulas, their look-ups, and the rules of a sales order."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    # The collection itself.
    (
        "collection_filtered",
        Who.NOBODY,
        "The filter of the route's mapping collection leaves this transaction out.",
        "Nothing to do; where it should be written, change the collection's filter and replay.",
    ),
    (
        "config_unknown_collection",
        Who.INTEGRATION,
        "A route names a mapping collection that Ledgerpost does not ship.",
        "Name one that is shipped, or write the collection itself under `collection`.",
    ),
    (
        "formula_invalid",
        Who.INTEGRATION,
        "A formula of a mapping collection cannot be read.",
        "Correct it at the position named; docs/mapping-collections.md has the language.",
    ),
    (
        "placeholder_in_use",
        Who.INTEGRATION,
        "A template default of the mapping collection is still in use; it has to be replaced during implementation.",
        "Set the row to a value that exists in the ledger, under `overrides` of the route's collection.",
    ),
    (
        "formula_failed",
        Who.INTEGRATION,
        "A formula of the mapping collection gives no value for this transaction.",
        "Correct the formula of the row named, or the record in the source, then redrive.",
    ),
    (
        "formula_too_large",
        Who.INTEGRATION,
        "A formula read or gave a text or number beyond the limits, or its pattern could take too long.",
        "Shorten the field in the source, or map it with a row of type Field, then redrive.",
    ),
    (
        "required_value_missing",
        Who.INTEGRATION,
        "A required row of the mapping collection gives no value for this transaction.",
        "Fill the field in the source, or change the row named, then redrive.",
    ),
    (
        "mapped_value_type",
        Who.INTEGRATION,
        "A row of the mapping collection gives a value of the wrong type for its destination.",
        "Map a field whose values fit (number, true or false, text), then redrive.",
    ),
    (
        "child_records_malformed",
        Who.INTEGRATION,
        "The records of a child collection are no list of objects.",
        "Make the source send a list of objects, then redrive.",
    ),
    (
        "too_many_records",
        Who.INTEGRATION,
        "The transaction has more child records than one document may have.",
        "Split the transaction in the source, then redrive.",
    ),
    (
        "look_up_ambiguous",
        Who.INTEGRATION,
        "The ledger has several answers where the mapping needs one.",
        "Make the record unique in the ledger, then redrive.",
    ),
    (
        "look_up_unsupported",
        Who.INTEGRATION,
        "The mapping collection asks the ledger what its connector cannot look up.",
        "Use the collection with a connection of the ledger it was written for.",
    ),
    (
        "look_ups_slow",
        Who.NOBODY,
        "The ledger answered the questions of a document too slowly; nothing was written.",
        "Nothing to do at first: it is tried again. If it lasts, split the transaction in the source.",
    ),
    (
        "look_ups_exceeded",
        Who.INTEGRATION,
        "The transaction would ask the ledger more questions than one document may.",
        "Split the transaction in the source, then redrive.",
    ),
    # A sales order. Source: seed 004, "Error Handling", whose eight texts these are.
    (
        "multiple_installment_terms",
        Who.INTEGRATION,
        'Acumatica answers "No applications can be created for documents with multiple installment credit terms '
        'specified": a payment was to be added to an order whose credit term is paid in several installments.',
        "Use a credit term that is defined with a single installment type (screen CS2065PL), then redrive.",
    ),
    (
        "customer_unresolved",
        Who.INTEGRATION,
        "Invalid Customer ID: the order cannot be resolved to an Acumatica customer, and it says too little of the "
        "customer to transfer one.",
        "Link the customer by its external id, or give the order a valid e-mail address; a missing customer is then "
        "transferred by itself. Then redrive.",
    ),
    (
        "financial_terms_unsupported",
        Who.INTEGRATION,
        "Unsupported financial terms: the mapped credit terms code is not configured in Acumatica.",
        "Configure the credit term (screen CS2065PL), or map FinancialTerms to a code that exists; then redrive.",
    ),
    (
        "tax_setup_invalid",
        Who.INTEGRATION,
        "Invalid tax zone or tax code: the customer tax zone or the applied tax code is not configured, or not "
        "eligible for the products' tax category.",
        "Configure Tax Categories with their eligible Tax IDs (screen TX2060PL) and the customer tax zone; then "
        "redrive.",
    ),
    (
        "sku_unknown",
        Who.INTEGRATION,
        "Invalid SKU: no line of the order has a SKU that is a stock item in Acumatica; lines without one are skipped, "
        "and an order without lines cannot be posted.",
        "Verify that the products exist in Acumatica as stock items, then redrive.",
    ),
    (
        "quantity_not_positive",
        Who.INTEGRATION,
        "Quantity zero or negative: an order line has a quantity that is not positive.",
        "Give the line a quantity greater than zero in the source, then redrive.",
    ),
    (
        "payment_method_unknown",
        Who.INTEGRATION,
        "Payment method not found: the mapped payment method is not configured in Acumatica.",
        "Add the method in Acumatica (screen CA2040PL), or map PaymentMethod to one that exists; then redrive.",
    ),
    (
        "duplicate_skus",
        Who.INTEGRATION,
        "Duplicate SKUs across lines: the order has the same SKU on more than one line.",
        "Consolidate the duplicate lines in the source, then redrive.",
    ),
    # Beside the eight.
    (
        "order_without_lines",
        Who.INTEGRATION,
        "The order has no lines; an order needs at least one to be posted.",
        "Give the order a line in the source, then redrive.",
    ),
    (
        "customer_ambiguous",
        Who.FINANCE,
        "Two customers of the ledger have the order's e-mail address; which of them is meant is not guessed.",
        "Link the customer by its external id, or merge the two customers in the ledger; then redrive.",
    ),
    (
        "customer_transfer_failed",
        Who.INTEGRATION,
        "The order's customer has to be transferred to the ledger first, and the ledger refused it; the order was not "
        "written.",
        "Mend what the ledger's message names, or create the customer in the ledger and link it; then redrive.",
    ),
    (
        "customer_in_transfer",
        Who.NOBODY,
        "The order's customer is being transferred by another order, or that got no answer; the order was not written.",
        "Nothing to do: it is tried again once the customer shows, or may be made again.",
    ),
)
