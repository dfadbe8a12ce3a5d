"""The configuration document, and the configuration on a stage."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
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
        "An enabled route has no enabled rule of its stream type; only the documents of closed days, which need no "
        "rule, are posted through it.",
        "Set `Enabled: true` on the rules that are to post, or switch the route off. Where a company's documents are "
        "all that it is for, nothing is to be done.",
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
)
