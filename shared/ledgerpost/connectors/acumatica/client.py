"""The calls on the endpoint's entities: list, get, put. Each gives records, or why there are none; none raises.

Source: acumatica.md, sections 1 and 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from ledgerpost.connectors.acumatica.problems import REFUSALS
from ledgerpost.connectors.acumatica.sessions import Session
from ledgerpost.connectors.acumatica.wire import Record, encode
from ledgerpost.connectors.http import HttpAnswer, RawHeaders, common_headers, correlation_header, read_json
from ledgerpost.connectors.refusals import unreadable
from ledgerpost.domain.outcome import NotApplied, Unknown
from ledgerpost.ports import Clock

PAGE_RECORDS = 100
PAGES_MAX = 20


@dataclass(frozen=True, slots=True)
class Write:
    """What goes along with a write: when it has to end, its correlation id, and values that an answer must not show."""

    deadline: float
    correlation_id: str
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What a list is asked for. `select` names fields of the entity; the id comes always."""

    select: tuple[str, ...]
    filter: str = ""
    expand: tuple[str, ...] = ()

    def text(self, top: int, skip: int) -> str:
        """Give the query of one page."""
        parts = {
            "$filter": self.filter,
            "$select": ",".join(self.select),
            "$expand": ",".join(self.expand),
            "$top": str(top),
            "$skip": str(skip) if skip else "",
        }
        return "&".join(f"{name}={quote(part, safe='')}" for name, part in parts.items() if part)


class AcumaticaClient:
    """One connection's endpoint, of one version. Safe to share between threads."""

    def __init__(self, base_url: str, version: str, session: Session, clock: Clock) -> None:
        self._root = f"{base_url}/entity"
        self._endpoint = f"{self._root}/Default/{version}"
        self._common = common_headers(httpx.URL(base_url))
        self.version = version
        self.session = session
        self._clock = clock

    def endpoints(self, deadline: float) -> object | NotApplied | Unknown:
        """Give the document that lists the site's endpoints."""
        answer = self.session.send("GET", httpx.URL(self._root), self._common, deadline=deadline)
        if not isinstance(answer, HttpAnswer):
            return answer
        document = read_json(answer) if answer.status == 200 else None
        return self._outcome_of(answer) if document is None else document

    def first(self, entity: str, query: Query, top: int, *, deadline: float) -> list[Record] | NotApplied | Unknown:
        """Give up to `top` records of a list."""
        return self._page(entity, query.text(top, 0), deadline)

    def all(self, entity: str, query: Query, *, deadline: float) -> list[Record] | NotApplied | Unknown:
        """Give a whole list, up to twenty pages; a part of it is no answer. A short page is the last one."""
        records: list[Record] = []
        for page in range(PAGES_MAX):
            found = self._page(entity, query.text(PAGE_RECORDS, page * PAGE_RECORDS), deadline)
            if not isinstance(found, list):
                return found
            records += found
            if len(found) < PAGE_RECORDS:
                return records
        return unreadable(200, f"The list of {entity} did not end within {PAGES_MAX} pages.")

    def get(
        self, entity: str, keys: Sequence[str], expand: Sequence[str], *, deadline: float, custom: Sequence[str] = ()
    ) -> Record | NotApplied | Unknown:
        """Give one record by its keys, with what is to be expanded and the custom fields that are wanted."""
        path = "/".join(quote(key, safe="") for key in keys)
        query = f"$expand={quote(','.join(expand), safe='')}"
        if custom:
            query += f"&$custom={quote(','.join(custom), safe='')}"
        url = httpx.URL(f"{self._endpoint}/{entity}/{path}?{query}")
        answer = self.session.send("GET", url, self._common, deadline=deadline)
        return self._record_of(answer, ())

    def put(
        self, entity: str, body: object, write: Write, *, insert: bool = True, expand: Sequence[str] = ()
    ) -> Record | NotApplied | Unknown:
        """Write a record: only a new one (`insert`), or only onto the one whose id the body has. Sent once."""
        query = f"?$expand={quote(','.join(expand), safe='')}" if expand else ""
        url = httpx.URL(f"{self._endpoint}/{entity}{query}")
        content = encode(body)
        headers: RawHeaders = [
            *self._common,
            (b"Content-Type", b"application/json"),
            (b"If-None-Match" if insert else b"If-Match", b"*"),
            correlation_header(write.correlation_id),
            (b"Content-Length", b"%d" % len(content)),
        ]
        answer = self.session.send("PUT", url, headers, content, deadline=write.deadline)
        return self._record_of(answer, write.withheld)

    def _page(self, entity: str, query: str, deadline: float) -> list[Record] | NotApplied | Unknown:
        url = httpx.URL(f"{self._endpoint}/{entity}?{query}")
        answer = self.session.send("GET", url, self._common, deadline=deadline)
        if not isinstance(answer, HttpAnswer):
            return answer
        document = read_json(answer, exact=True) if answer.status == 200 else None
        if not isinstance(document, list) or not all(isinstance(record, dict) for record in document):
            return self._outcome_of(answer)
        return document

    def _record_of(
        self, answer: HttpAnswer | NotApplied | Unknown, withheld: tuple[str, ...]
    ) -> Record | NotApplied | Unknown:
        if not isinstance(answer, HttpAnswer):
            return answer
        document = read_json(answer, exact=True) if answer.status in (200, 201) else None
        if not isinstance(document, dict) or not isinstance(document.get("id"), str):
            return self._outcome_of(answer, withheld)
        return document

    def _outcome_of(self, answer: HttpAnswer, withheld: tuple[str, ...] = ()) -> NotApplied | Unknown:
        secrets = self.session.secret_values()
        return REFUSALS.outcome_of(answer, now=self._clock.now(), secrets=secrets, withheld=withheld)


def quoted(text: str) -> str:
    """Give a text as a filter has it: in quotes, a quote inside doubled. Source: acumatica.md, section 4."""
    return "'" + text.replace("'", "''") + "'"
