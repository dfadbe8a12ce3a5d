"""What Acumatica answers beside what every ledger may; the errors of an order's mapping are in `collections.py`."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    (
        "acumatica_order_differs",
        Who.FINANCE,
        "The order is written in Acumatica, and does not hold what was sent: Acumatica dropped or changed the fields "
        "named.",
        "Compare the order in Acumatica with the source. Mend the mapping, the site's set-up or the order; a redrive "
        "compares again and writes only what still differs.",
    ),
    (
        "acumatica_field_unknown",
        Who.INTEGRATION,
        "A row of the mapping collection has a destination that a sales order does not have; nothing was sent.",
        "Correct the destination, or say in the connection's option custom.<name> which custom field it is; redrive.",
    ),
    (
        "acumatica_number_taken",
        Who.INTEGRATION,
        "Acumatica holds another record under the number that was sent.",
        "Give the order another number, or leave the numbering to Acumatica (manualNumbering: false); then redrive.",
    ),
    (
        "acumatica_rule_broken",
        Who.INTEGRATION,
        "A business rule of Acumatica refused the order; nothing of it was saved.",
        "Mend what Acumatica's message names, in the mapping, the source or the site's set-up; then redrive.",
    ),
    (
        "acumatica_shipment_refused",
        Who.INTEGRATION,
        "The order is written; the shipment of its tracking numbers is not.",
        "Mend what the message names (box, warehouse, line, quantity), then redrive: only what is missing is shipped.",
    ),
    (
        "acumatica_shipment_not_open",
        Who.INTEGRATION,
        "The shipment was made on hold: only open shipments can be worked on.",
        "Switch off Hold Shipments on Entry in Sales Order Preferences and release the shipment; then redrive.",
    ),
    (
        "acumatica_login_limit",
        Who.INTEGRATION,
        "Every session that Acumatica's licence lets in is taken; nothing was sent.",
        "Nothing to do at first: it is tried again. If it lasts, see who is signed in (SM201010), leave the option "
        "session at release, or have more API users licensed.",
    ),
    (
        "acumatica_tenant_unknown",
        Who.INTEGRATION,
        "The site does not know the tenant or company that the request named.",
        "Correct the tenant at the end of the client id, and the companyHeader option; then redrive.",
    ),
    (
        "acumatica_tenant_mismatch",
        Who.INTEGRATION,
        "The route's account is another tenant than the one that the connection signs in to; nothing was sent.",
        "Make the route's accountId the tenant at the end of the connection's client id; then redrive.",
    ),
    (
        "acumatica_endpoint_missing",
        Who.INTEGRATION,
        "The site has no endpoint Default of the version that the connection is pinned to.",
        "Set the option version to one of the endpoints that the site lists; then redrive.",
    ),
    (
        "acumatica_entity_missing",
        Who.INTEGRATION,
        "The endpoint's version does not have the entity that a look-up needs.",
        "Name the ids in the options taxZones and taxIds of the connection; then redrive.",
    ),
    (
        "acumatica_not_set_up",
        Who.INTEGRATION,
        "A part of Acumatica that the call needs is not set up in this tenant.",
        "Complete the form that Acumatica's message names; then redrive.",
    ),
    (
        "acumatica_query_refused",
        Who.INTEGRATION,
        "Acumatica cannot make the list that was asked for: its view does not take this filter.",
        "Set the option referenceField to the other field; if it lasts, report it.",
    ),
    (
        "acumatica_record_gone",
        Who.NOBODY,
        "The record was there a moment ago and is not found any more; nothing was written.",
        "Nothing to do: it is looked up and tried again.",
    ),
)
