"""The catalogue: each stable code with its cause, its mend and who acts. `docs/errors.md` is generated from it.

Codes are public: dashboards, scripts and people's notes rely on them. A code may be added; none is renamed.
"""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Who has to act on a code."""

    NOBODY = "nobody"
    """Ledgerpost acts by itself, or nothing is wrong."""
    FINANCE = "finance"
    """A person who knows the books decides."""
    INTEGRATION = "integration"
    """A person who owns the configuration, the credentials or the source system mends it."""
    LEDGERPOST = "ledgerpost"
    """A defect of ours: report it."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What a code means: `cause` says what happened, `fix` what to do next."""

    code: str
    cause: str
    fix: str
    who: Who


_ENTRIES = (
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
    # The configuration document.
    ("config_unreadable", Who.INTEGRATION, "The document is not valid YAML or JSON.", "Mend it at the line named."),
    ("config_unknown_key", Who.INTEGRATION, "The document has a key that is not known.", "Remove or correct the key."),
    ("config_missing_key", Who.INTEGRATION, "A required key is missing.", "Add the key."),
    ("config_wrong_value", Who.INTEGRATION, "A value is not of the expected form.", "Correct the value."),
    (
        "config_unknown_connection",
        Who.INTEGRATION,
        "A route names a connection that the document does not have.",
        "Name one of the connections, or add it.",
    ),
    ("config_duplicate_id", Who.INTEGRATION, "Two connections or two routes share an id.", "Give each its own id."),
    (
        "config_shared_reference",
        Who.INTEGRATION,
        "Two enabled routes would write the same reference of the same account.",
        "Disable one, or send it to another account.",
    ),
    (
        "config_literal_secret",
        Who.INTEGRATION,
        "A secret stands in the document itself.",
        "Put it into Secrets Manager and write `secretsmanager:<arn>`, or locally `env:<NAME>`; then change the "
        "secret, since the document may have been copied.",
    ),
    (
        "config_base_url_refused",
        Who.INTEGRATION,
        "The base URL is not https, or names a private, loopback or link-local address.",
        "Use the https base URL that the ledger's support team gave you.",
    ),
    (
        "placeholder_not_a_property",
        Who.INTEGRATION,
        "A note placeholder is not the name of a property; it will be blank in the note.",
        "Use {Name} with a property of the entity, such as {ReceiptNumber}.",
    ),
    (
        "reference_source_shared",
        Who.INTEGRATION,
        "Two rules for one account take their reference from the same property that is not Id.",
        "Use Id, so that a document and its payment can never overwrite each other.",
    ),
    (
        "rule_enabled_absent",
        Who.INTEGRATION,
        "A rule does not say whether it is enabled; it counts as switched off.",
        "Add `Enabled: true` for it to post, or `Enabled: false`.",
    ),
    (
        "rule_of_other_stream",
        Who.INTEGRATION,
        "An enabled rule is not of the route's stream type; it never posts.",
        "Move the rule to a route of its own stream (Sales or Purchasing), or remove it.",
    ),
    (
        "route_without_rule",
        Who.INTEGRATION,
        "An enabled route has no enabled rule of its stream type; nothing is posted through it.",
        "Set `Enabled: true` on the rules that are to post, or switch the route off.",
    ),
    (
        "connection_moved",
        Who.FINANCE,
        "A connection that is in use now leads to another address or kind of ledger; what was delivered to the old one "
        "is not delivered again.",
        "Where it is another ledger and not only another address of the same one, give it a connection of its own.",
    ),
    # The configuration on a stage.
    (
        "config_removes_applied",
        Who.INTEGRATION,
        "The stage has a route or connection that the document lacks.",
        "Add it to the document again, or apply with --prune to remove it from the stage.",
    ),
    (
        "config_open_deliveries",
        Who.FINANCE,
        "A route that is to be removed still has open or parked deliveries; nobody could finish them.",
        "Redrive or skip what is parked, set `enabled: false` and apply; remove the route once nothing of it is open.",
    ),
    (
        "config_new_references",
        Who.FINANCE,
        "A route in use would write under other references, to another account or through another connection; what was "
        "posted before stays, so an amended or replayed transaction would stand in the books twice.",
        "Make a new route for the new account, or apply with --accept-new-references once finance agrees.",
    ),
    (
        "config_secret_not_on_stage",
        Who.INTEGRATION,
        "The document names a secret that the stage's functions cannot read, or that is another tenant's: its name has "
        "to begin with `ledgerpost/<stage>/<tenant>/`.",
        "Run `ledgerpost secret put CONNECTION` and name the reference it prints, or write `env:NAME` and apply with "
        "--upload-secrets.",
    ),
    (
        "config_applied_meanwhile",
        Who.INTEGRATION,
        "Somebody else applied a configuration between your reading and your writing; yours was not written.",
        "Look at `ledgerpost diff` and apply again.",
    ),
    (
        "configuration_unsupported",
        Who.INTEGRATION,
        "The stored configuration has a schema version that this release does not read.",
        "Use the release that applied it, or deploy and apply with the newer one.",
    ),
    (
        "stage_not_found",
        Who.INTEGRATION,
        "The stage's stack cannot be read.",
        "Sign in to the stage's account and region (AWS_PROFILE, AWS_REGION) and check the name of the stage.",
    ),
    (
        "secret_not_written",
        Who.INTEGRATION,
        "The secret cannot be written to Secrets Manager; the one in use is unchanged.",
        "Check that you may create and write secrets under `ledgerpost/<stage>/`, and that it is not being deleted.",
    ),
    (
        "secret_refused",
        Who.INTEGRATION,
        "The ledger did not take the new secret, so it was not put to use; the one in use is unchanged.",
        "Check the new token or client secret at the ledger. With --untested it is put to use without asking.",
    ),
    # What the ledger answers.
    (
        "token_refused",
        Who.INTEGRATION,
        "The ledger refused the token (401): it is expired, revoked or wrong, or the base URL is wrong.",
        "Check that the OAuth or PAT credentials are correct, that the token is active and not expired or revoked, "
        "and that the API base URL is right; then redrive.",
    ),
    (
        "oauth_client_refused",
        Who.INTEGRATION,
        "The identity authority refused the client id, secret, grant or scopes.",
        "Check identity authority, client id, client secret and scopes of the connection; then redrive.",
    ),
    (
        "client_not_allowlisted",
        Who.INTEGRATION,
        "The ledger denied access (403): the account does not allow-list this OAuth client.",
        "Have the account's manager allow-list the OAuth client for integration posting, or correct the account id "
        "or the connection; then redrive.",
    ),
    (
        "account_forbidden",
        Who.INTEGRATION,
        "The ledger denied access (403): the token or its scopes have no right to post to this account.",
        "Check the account id and the connection, and give the token's user the right to post ledger entries there; "
        "for OAuth also check the account's allow-list. Then redrive.",
    ),
    (
        "account_not_found",
        Who.INTEGRATION,
        "The ledger knows no such account (404), or the base URL is wrong.",
        "Check the route's account id and the connection's API base URL; then redrive.",
    ),
    (
        "entry_malformed",
        Who.LEDGERPOST,
        "The ledger could not read the request (400).",
        "Report it with the delivery's id; nothing was posted.",
    ),
    (
        "entry_refused",
        Who.INTEGRATION,
        "The ledger refused the entry's content (422).",
        "Mend what the ledger's message names, in the rule or the source; then redrive.",
    ),
    (
        "entry_conflict",
        Who.FINANCE,
        "The ledger reports a conflict with what it holds (409).",
        "Compare the entry in the ledger with the transaction; then redrive or skip.",
    ),
    (
        "tag_missing",
        Who.INTEGRATION,
        "A tag of the rule does not exist in the ledger, and the rule does not create missing tags.",
        "Create the tag in the ledger, or set CreateMissingTags to true; then redrive.",
    ),
    (
        "field_definition_unknown",
        Who.INTEGRATION,
        "A custom field id does not belong to this account.",
        "Load the field list of this very account and correct FieldDefinitionId; then redrive.",
    ),
    (
        "field_value_type",
        Who.INTEGRATION,
        "A custom field was given a value of the wrong type.",
        "Map a property whose values fit the field's type (text, number, date, boolean); then redrive.",
    ),
    (
        "concurrent_update",
        Who.NOBODY,
        "The ledger was writing the same reference at that moment (409); this write was not applied.",
        "Nothing to do: it is tried again.",
    ),
    ("rate_limited", Who.NOBODY, "The ledger limits the rate (429).", "Nothing to do: it is tried again in time."),
    ("ledger_unavailable", Who.NOBODY, "The ledger is unavailable (503).", "Nothing to do: it is tried again."),
    (
        "ledger_unreachable",
        Who.NOBODY,
        "No connection to the ledger: refused, unknown host or TLS failure. Nothing was sent.",
        "Nothing to do at first: it is tried again. If it lasts, check the base URL.",
    ),
    (
        "reply_lost",
        Who.NOBODY,
        "The request was sent and no answer came: it may have been applied.",
        "Nothing to do: Ledgerpost finds out by asking the ledger or repeating the upsert.",
    ),
    (
        "ledger_failed",
        Who.NOBODY,
        "The ledger answered with a server error; the entry may have been applied.",
        "Nothing to do: Ledgerpost finds out by asking the ledger or repeating the upsert.",
    ),
    (
        "reply_unreadable",
        Who.NOBODY,
        "The ledger answered with success but not with an entry; it may have been applied.",
        "Nothing to do: Ledgerpost finds out. If it lasts, the base URL may lead to a proxy.",
    ),
    (
        "redirect_refused",
        Who.INTEGRATION,
        "The ledger answered with a redirect; Ledgerpost does not follow one with your token.",
        "Set the base URL to the address that the ledger itself serves; then redrive.",
    ),
    (
        "address_refused",
        Who.INTEGRATION,
        "The base URL leads to a private, loopback or link-local address.",
        "Correct the base URL; an internal address is never called from a stage.",
    ),
    (
        "unexpected_status",
        Who.LEDGERPOST,
        "The ledger refused with a status that its contract does not have.",
        "Report it with the delivery's id; nothing was posted.",
    ),
    (
        "deadline_reached",
        Who.NOBODY,
        "The time left was below one post's budget, so nothing was sent.",
        "Nothing to do: it is tried again.",
    ),
    (
        "secret_unavailable",
        Who.INTEGRATION,
        "The connection's secret cannot be read.",
        "Create the secret under the name given, and let the function's role read it; then redrive.",
    ),
    (
        "connection_paused",
        Who.INTEGRATION,
        "The connection is paused, so nothing was sent.",
        "Mend what the pause names, or ask who paused it; then `ledgerpost connection resume` takes all that waits up "
        "again.",
    ),
    (
        "account_paused",
        Who.INTEGRATION,
        "The account is paused on this connection, so nothing was sent; the connection's other accounts go on.",
        "Mend what the pause names, or ask who paused it; then `ledgerpost connection resume --account` takes all that "
        "waits up again.",
    ),
    (
        "paused_by_operator",
        Who.INTEGRATION,
        "A person paused the connection or the account.",
        "Resume it when the reason is gone: `ledgerpost connection resume`.",
    ),
    (
        "update_unsupported",
        Who.FINANCE,
        "The ledger holds an entry of this reference with other content and cannot update entries by reference.",
        "Correct or reverse the entry in the ledger, then skip this delivery.",
    ),
    (
        "retries_exhausted",
        Who.INTEGRATION,
        "The entry was tried for the whole retry schedule and was never applied.",
        "Mend what the last attempt names, then redrive.",
    ),
    (
        "outcome_unknown",
        Who.FINANCE,
        "It is not known whether the ledger applied the entry, and it offers no way to find out.",
        "Look the reference up in the ledger: skip the delivery if the entry is there, redrive it if not.",
    ),
    # Ourselves.
    ("store_unavailable", Who.NOBODY, "A store of ours did not answer.", "Nothing to do: the message comes again."),
    ("usage", Who.INTEGRATION, "The command cannot use what it was given.", "See `ledgerpost COMMAND --help`."),
    (
        "template_unsupported",
        Who.INTEGRATION,
        "The local cloud cannot run the template as it is written.",
        "Change what the message names, or run the template on an emulator of AWS (`--engine ministack`).",
    ),
    (
        "engine_unavailable",
        Who.INTEGRATION,
        "The emulator of AWS is not installed, or did not start.",
        "Run `make setup-ministack`, then the command again; the engine `memory` needs nothing of the kind.",
    ),
    (
        "delivery_not_found",
        Who.INTEGRATION,
        "There is no delivery of this reference.",
        "Check tenant, connection, account and reference; `ledgerpost explain` says why an approval made none.",
    ),
    (
        "transition_refused",
        Who.INTEGRATION,
        "The delivery is not in a state that allows this.",
        "Show the delivery; it may have moved on meanwhile.",
    ),
    (
        "defect",
        Who.LEDGERPOST,
        "Ledgerpost failed in a way it should not; nothing was lost, the message comes again.",
        "Report it with the log line's ids.",
    ),
)

CATALOGUE: dict[str, CatalogueEntry] = {
    code: CatalogueEntry(code=code, cause=cause, fix=fix, who=who) for code, who, cause, fix in _ENTRIES
}
assert len(CATALOGUE) == len(_ENTRIES), "a code stands twice in the catalogue"
