"""Approvals that are skipped, cannot be understood, or make no entry."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    # Skips: the approval is understood and, by a rule, makes no ledger entry.
    ("zero_amount", Who.NOBODY, "The amount is zero, so there is nothing to post.", "Nothing to do."),
    (
        "no_reference",
        Who.INTEGRATION,
        "The rule's reference property is missing or blank; without it a second run could post the entry twice.",
        "Give the entity the property, or set ReferenceIdSourceProperty to one that is always filled (Id is safest); "
        "then replay the event.",
    ),
    ("route_disabled", Who.INTEGRATION, "The route is switched off.", "Set `enabled: true` on the route and replay."),
    (
        "rule_disabled",
        Who.INTEGRATION,
        "The route has no enabled rule for this kind of transaction.",
        "Set `Enabled: true` on the rule of this kind (for a supplier payment: SupplierPayment) and replay.",
    ),
    (
        "no_matching_route",
        Who.INTEGRATION,
        "No route takes this kind of transaction.",
        "Add a route whose stream type (Sales or Purchasing) and rules fit the transaction, then replay.",
    ),
    ("skipped_by_operator", Who.NOBODY, "A person chose to skip this version.", "Nothing to do; a redrive undoes it."),
    # Events that cannot be understood.
    (
        "malformed_event",
        Who.INTEGRATION,
        "The event is not the JSON that the approval event contract asks for.",
        "Mend the publisher after the path and sentence of the message, then redrive the event.",
    ),
    (
        "unknown_detail_type",
        Who.INTEGRATION,
        "Ledgerpost does not know this DetailType.",
        "Publish one of the documented detail types; see events/README.md.",
    ),
    (
        "unknown_tenant",
        Who.INTEGRATION,
        "No configuration was applied for the event's tenantId.",
        "Correct the tenantId, or apply a configuration for that tenant, then redrive the event.",
    ),
    (
        "unsupported_schema_version",
        Who.INTEGRATION,
        "The event's schemaVersion is newer than this release reads.",
        "Upgrade Ledgerpost or publish schemaVersion 1, then redrive the event.",
    ),
    (
        "event_too_large",
        Who.INTEGRATION,
        "The event is larger than 256 KB, the limit of the bus.",
        "Publish the entity without its bulky properties.",
    ),
    # Entries that cannot be built.
    (
        "amount_missing",
        Who.INTEGRATION,
        "The entity has no amount: documents carry Total, payments carry Payment.",
        "Make the source send the amount, then redrive.",
    ),
    (
        "amount_not_a_number",
        Who.INTEGRATION,
        "The amount is not a decimal number.",
        "Make the source send a number or decimal text with a dot, then redrive.",
    ),
    (
        "amount_out_of_range",
        Who.FINANCE,
        "The amount has more than 15 digits before the decimal point; no ledger takes it.",
        "Check the transaction in the source system; it is almost surely wrong.",
    ),
    (
        "currency_unknown",
        Who.INTEGRATION,
        "The currency is not a code of ISO 4217.",
        "Make the source send a three-letter ISO 4217 code, then redrive.",
    ),
    (
        "currency_mismatch",
        Who.FINANCE,
        "The entry's currency is not the currency of the ledger account.",
        "Route this currency to an account that is kept in it, then redrive.",
    ),
    (
        "reference_invalid",
        Who.INTEGRATION,
        "The reference is longer than 200 characters, holds control characters or is not plain text or a number.",
        "Set ReferenceIdSourceProperty to a short and stable property such as Id, then redrive.",
    ),
    (
        "entity_date_invalid",
        Who.INTEGRATION,
        "The entity carries a date that is not an ISO 8601 date or instant.",
        "Make the source send YYYY-MM-DD, then redrive; a wrong day would be posted to the wrong period.",
    ),
    (
        "reference_collision",
        Who.INTEGRATION,
        "Two different transactions resolve to one reference on one account; posting would overwrite the first.",
        "Give each kind of transaction a reference of its own (Id is safest), replay the approval, and skip this one.",
    ),
    (
        "version_conflict",
        Who.FINANCE,
        "The same version of the transaction came again with other content.",
        "Compare both, then redrive to post the later content or skip it; have the source raise `revision`.",
    ),
    (
        "amended_to_zero",
        Who.FINANCE,
        "The transaction was amended to zero, but the ledger still holds the earlier amount; it takes no zero entry.",
        "Reverse the entry in the ledger, then skip this delivery.",
    ),
)
