"""What is wrong on our own side."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    # Ourselves.
    ("store_unavailable", Who.NOBODY, "A store of ours did not answer.", "Nothing to do: the message comes again."),
    (
        "state_unwritable",
        Who.INTEGRATION,
        "A file of the state folder cannot be written: the disk is full, or fails.",
        "Make room, or mend the disk, and run the command again: it goes on from what the disk holds.",
    ),
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
