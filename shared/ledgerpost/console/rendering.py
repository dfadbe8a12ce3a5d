"""Pages from templates: Jinja2, everything escaped, nothing undefined passed over in silence."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ledgerpost.console.browsing import Search
from ledgerpost.domain.delivery import DeliveryRecord

HERE = Path(__file__).parent
STATIC = {"console.css": "text/css; charset=utf-8", "console.js": "text/javascript; charset=utf-8"}


@cache
def environment() -> Environment:
    """Give the templates, made once."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "instant": instant_text,
        "moment": moment_text,
        "money": money_text,
        "delivery_link": delivery_link,
        "next_page": next_page,
    }
    return made


def render(template: str, values: Mapping[str, Any]) -> str:
    """Give a page as HTML."""
    return environment().get_template(template).render(values)


@cache
def static_file(name: str) -> bytes | None:
    """Give one of the console's own files; None for any other name."""
    return (HERE / "static" / name).read_bytes() if name in STATIC else None


def instant_text(at: datetime) -> str:
    """Give an instant to the second, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def moment_text(text: str) -> str:
    """Give an instant that came as ISO 8601 text to the second, in UTC."""
    return instant_text(datetime.fromisoformat(text))


def money_text(amount: Decimal | None) -> str:
    """Give an amount with its thousands set apart; blank for none."""
    return "" if amount is None else f"{amount:,f}"


def delivery_link(record: DeliveryRecord) -> str:
    """Give the address of a delivery's page; a reference may hold any character."""
    key = record.key
    parts = {"connection": key.connection, "account": key.account, "reference": key.reference}
    return f"/delivery?{urlencode(parts | ({'collision': key.collision} if key.collision else {}))}"


def next_page(looking: Search, after: str) -> str:
    """Give the query of the next page of a search."""
    parts = {
        "reference": looking.reference,
        "receipt": looking.receipt,
        "status": looking.status or "",
        "route": looking.route,
        "day": looking.day or "",
        "code": looking.code,
        "after": after,
    }
    return urlencode({name: value for name, value in parts.items() if value})
