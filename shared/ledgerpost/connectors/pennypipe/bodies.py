"""A ledger entry as PennyPipe's JSON. Source: pennypipe.md, section 3.2."""

import json
from typing import Any

from ledgerpost.domain.entry import LedgerEntry

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def body_of(entry: LedgerEntry) -> bytes:
    """Give the body of create-or-update, as UTF-8.

    The amount is decimal text, so that no reader makes a float of it. What the entry does not have is left out: an
    update replaces the whole entry, so what is left out is removed there. A lone surrogate, which UTF-8 cannot carry,
    becomes a question mark.
    """
    content: dict[str, Any] = {
        "referenceId": entry.reference,
        "type": entry.type.value,
        "amount": f"{entry.money.amount:f}",
        "date": entry.day.isoformat(),
    }
    if entry.note:
        content["note"] = entry.note
    if entry.tag_names:
        content["tagNames"] = entry.tag_names
    if entry.custom_fields:
        content["customFieldValues"] = [
            {"fieldDefinitionId": field_id, "value": value} for field_id, value in entry.custom_fields
        ]
    text = _encode({"entry": content, "createMissingTags": entry.create_missing_tags})
    return text.encode("utf-8", errors="replace")
