"""Who sends a request: a name, one tenant and one role, taken from what the authorizer has verified and nothing else.

Source: Amazon API Gateway, "Control access to HTTP APIs with JWT authorizers"; Amazon Cognito, "Using the ID token".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledgerpost.app.change_log import Person
from ledgerpost.domain.access import Role
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import LedgerpostError


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `tenant` is the only one that is ever read or changed for this request."""

    name: str
    tenant: TenantId
    role: Role

    @property
    def person(self) -> Person:
        """Who acts, as the change log keeps it."""
        return Person(self.name, self.role)


class AccessError(LedgerpostError):
    """The request is refused before anything is read or done."""


TENANT_CLAIM = "custom:tenant"
GROUPS_CLAIM = "cognito:groups"
NAME_CLAIMS = ("email", "cognito:username", "sub")


def caller_of_claims(event: Mapping[str, Any]) -> Caller:
    """Give the caller that the authorizer of an HTTP API (payload 2.0) vouches for.

    Raises AccessError: not_signed_in without a verified name, not_assigned without a tenant and a role; there is no
    default for any of them.
    """
    claims = _claims(event)
    tenant = claims.get(TENANT_CLAIM)
    name = next((claims[claim] for claim in NAME_CLAIMS if claims.get(claim)), None)
    role = _highest(_groups(claims.get(GROUPS_CLAIM)))
    if not isinstance(name, str):
        raise AccessError("not_signed_in", "Nobody is signed in.")
    if not isinstance(tenant, str) or not tenant.strip() or role is None:
        raise AccessError("not_assigned", "You are signed in, but belong to no tenant, or to none of the groups.")
    return Caller(name, TenantId(tenant), role)


def _claims(event: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = event
    for key in ("requestContext", "authorizer", "jwt", "claims"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _groups(value: Any) -> frozenset[str]:
    """Read a list claim; the authorizer hands it on as text, `[viewer admin]`."""
    if isinstance(value, str):
        return frozenset(value.strip("[]").replace(",", " ").split())
    return frozenset(str(each) for each in value) if isinstance(value, list) else frozenset()


def _highest(groups: frozenset[str]) -> Role | None:
    return next((role for role in reversed(Role) if role.value in groups), None)
