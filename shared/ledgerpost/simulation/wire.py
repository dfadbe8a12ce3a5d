"""PennyPipe's own connector in a history: the ledger behind it answers over HTTP, and lets in by tokens that end.

What a history does to the ledger happens in `SimulatedTarget`; here it is only put on the wire and read from it, by
the API's sheet. Tokens live for a few minutes, are revoked in the middle of a batch, and their client secret is
rotated under the workers. The authority itself is never interrupted: a connector asks it under a lock.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx

from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.oauth import ClientAuthentication, ClientCredentials
from ledgerpost.connectors.pennypipe.target import PennyPipeTarget
from ledgerpost.connectors.tokens import CachedToken
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import AccountAbility, Applied, Found, LedgerFact, NotApplied, TargetClass, Unknown
from ledgerpost.domain.route import AccountId, Connection, EntryType, OAuthAuth, SecretReference
from ledgerpost.ports import Clock, LedgerTarget
from ledgerpost.simulation.authority import TOKEN_LIFETIME_S
from ledgerpost.simulation.plan import What
from ledgerpost.simulation.source import CURRENCY
from ledgerpost.simulation.targets import SimulatedTarget
from ledgerpost.simulation.world import World

SECRET_KEPT_MS = 300_000
"""How long a worker believes in a secret that it has read. Source: `ports.Secrets`."""

JSON = {"content-type": "application/json"}

_PROBLEMS = {"entry_refused": (422, "validation"), "account_forbidden": (403, "account_forbidden")}


class WireTargets:
    """The real connectors of one worker (port LedgerTargets), each kept as long as the worker lives."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._kept: dict[TenantId, LedgerTarget] = {}

    def target_of(self, tenant: TenantId, connection: Connection) -> LedgerTarget:
        """Give the tenant's connector."""
        return self._kept.get(tenant) or self._kept.setdefault(tenant, self._built(tenant, connection))

    def _built(self, tenant: TenantId, connection: Connection) -> LedgerTarget:
        world = self._world
        auth = OAuthAuth(
            identity_authority=f"https://{tenant}.id.example",
            client_id="ledgerpost",
            client_secret=SecretReference(tenant),
            scopes="webjala_pennypipe_api",
        )
        sender = HttpSender(PennyPipeOnTheWire(world, tenant), monotonic=lambda: world.now_ms / 1000)
        secrets = KeptSecrets(world)
        client = ClientCredentials(auth, sender, secrets, self._clock, preferred=ClientAuthentication.BODY)
        tokens = CachedToken(client.request_token, self._clock)
        return PennyPipeTarget(connection.base_url, AuthorizedSender(sender, tokens), self._clock)


class KeptSecrets:
    """The secrets of one worker, each believed in for five minutes (port Secrets); a reference is its tenant."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: dict[SecretReference, tuple[str, int]] = {}

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
        """Give the secret, read anew where `fresh` or where it was kept too long."""
        value, read_ms = self._kept.get(reference, ("", 0))
        if value and not fresh and self._world.now_ms < read_ms + SECRET_KEPT_MS:
            return value
        value = self._world.authority.secret(reference)
        self._kept[reference] = (value, self._world.now_ms)
        return value


class PennyPipeOnTheWire(httpx.BaseTransport):
    """One tenant's PennyPipe and its authority, as httpx reaches them. Source: pennypipe.md, section 3."""

    def __init__(self, world: World, tenant: str) -> None:
        self._world = world
        self._tenant = tenant
        self._ledger = SimulatedTarget(world, tenant)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; a reply that is lost is a time-out."""
        if request.url.path == "/connect/token":
            return self._token(request)
        if request.url.host.endswith(".id.example"):
            return httpx.Response(404)
        for fault in self._world.faults_at("token check"):
            self._world.strike(fault)
            if fault.what is What.REVOKED:
                self._world.authority.revoke(self._tenant)
        header = request.headers.get("authorization", "")
        if not self._world.authority.lets_in(self._tenant, header, self._world.now_ms):
            return _problem(401, "token_invalid")
        account = AccountId(request.url.path.split("/")[3])
        if request.method == "POST":
            return self._post(account, request)
        if request.url.path.endswith("/ledger-entries"):
            return self._find(account, parse_qs(request.url.query.decode())["referenceId"][0])
        return self._account(account)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs(b"".join(request.stream).decode())  # type: ignore[arg-type]
        secret = form.get("client_secret", [""])[0]
        token = self._world.authority.give(self._tenant, secret, self._world.now_ms)
        if token is None:
            return httpx.Response(401, headers=JSON, content=b'{"error":"invalid_client"}')
        return _json(200, {"access_token": token, "expires_in": TOKEN_LIFETIME_S, "token_type": "Bearer"})

    def _account(self, account: AccountId) -> httpx.Response:
        ability = self._ledger.ability(account)
        if not isinstance(ability, AccountAbility):
            return _refused(ability)
        upserts = ["referenceIdUpsert"] if ability.target_class is TargetClass.UPSERT else []
        return _json(200, {"id": account, "currency": CURRENCY, "capabilities": upserts})

    def _post(self, account: AccountId, request: httpx.Request) -> httpx.Response:
        entry = _entry_of(json.loads(b"".join(request.stream))["entry"])  # type: ignore[arg-type]
        outcome = self._ledger.post(account, entry, request.headers.get("x-request-id", ""))
        if not isinstance(outcome, Applied):
            return _refused(outcome)
        answer = {"id": outcome.ledger_id, "accountId": account, "referenceId": entry.reference, "created": True}
        return _json(201, answer)

    def _find(self, account: AccountId, reference: str) -> httpx.Response:
        found = self._ledger.find(account, reference)
        if not isinstance(found, Found):
            return _refused(found)
        items = [_item_of(fact) for fact in found.facts if isinstance(fact, LedgerFact)]
        return _json(200, {"items": items, "nextCursor": None})


def _refused(outcome: NotApplied | Unknown) -> httpx.Response:
    if isinstance(outcome, Unknown):
        if outcome.status is None:
            raise httpx.ReadTimeout("The simulated reply was lost.")
        return _problem(outcome.status, "unavailable")
    status, code = _PROBLEMS.get(outcome.code, (outcome.status or 503, "unavailable"))
    wait = {} if outcome.retry_after_s is None else {"retry-after": f"{outcome.retry_after_s:.0f}"}
    return _problem(status, code, wait)


def _problem(status: int, code: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    content = json.dumps({"title": "Refused", "status": status, "code": code}).encode()
    kind = {"content-type": "application/problem+json"}
    return httpx.Response(status, headers=kind | dict(headers or {}), content=content)


def _json(status: int, document: Mapping[str, Any]) -> httpx.Response:
    return httpx.Response(status, headers=JSON, content=json.dumps(document).encode())


def _entry_of(content: Mapping[str, Any]) -> LedgerEntry:
    return LedgerEntry(
        reference=Reference(content["referenceId"]),
        type=EntryType(content["type"]),
        money=Money(Decimal(content["amount"]), CURRENCY),
        day=date.fromisoformat(content["date"]),
        source_amount=Decimal(0),
        rounding=Decimal(0),
        note=content.get("note"),
    )


def _item_of(fact: LedgerFact) -> dict[str, Any]:
    return {
        "id": fact.ledger_id,
        "referenceId": fact.reference,
        "type": fact.type.value,
        "amount": f"{fact.amount:f}",
        "date": fact.day.isoformat(),
        "note": fact.note,
    }
