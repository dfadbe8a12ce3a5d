"""Preview: what changed rules would make of the deliveries of the last days, before they are saved."""

import json
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from ledgerpost.app.apply import Consent, plan
from ledgerpost.app.browse import latest
from ledgerpost.app.preview import Effect, Preview, preview, recent
from ledgerpost.console.caller import Caller
from ledgerpost.console.editing import Document
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.wire.configuration import read_configuration

DAYS = 7
EVENTS_MAX = 200
"""Events of one preview on a page: each may ask its ledger once."""

READ_MAX = 2_000
ROWS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Previewed:
    """A preview, with the rows that a person looks at first: what would be written or refused."""

    preview: Preview
    days: int = DAYS

    @property
    def rows(self) -> list[object]:
        """The first rows that change something or are refused."""
        told = (row for row in self.preview.rows if row.effect in (Effect.CREATED, Effect.CHANGED, Effect.REFUSED))
        return list(islice(told, ROWS_SHOWN))


def previewed(document: Document, caller: Caller, ports: ConsolePorts) -> Previewed:
    """Say what applying `document` would do to the deliveries of the last days; nothing is written or posted.

    Raises ConfigurationError for a document that would be refused, and StoreError.
    """
    checked = read_configuration(json.dumps(document), allow_loopback=ports.is_local, formulas=ports.formulas)
    proposed = plan(checked.configuration, Consent(prune=True, new_references=True), ports.apply).after
    since = ports.clock.now() - timedelta(days=DAYS)
    records = recent(latest(caller.tenant, ports.browse, limit=READ_MAX), since)
    return Previewed(preview(proposed, records, ports.preview, limit=EVENTS_MAX))
