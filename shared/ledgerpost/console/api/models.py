"""What programs send. Keys are in camelCase, as the configuration document has them; an unknown key is refused."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Text = Annotated[str, Field(max_length=2000)]
Short = Annotated[str, Field(max_length=200)]
Needed = Annotated[str, Field(min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True)


class ConnectionBody(_Body):
    """A connection. `secret` is the personal access token, API key or client secret, `password` that of the user whom
    an OAuthPassword client signs in as, `refreshToken` what a consent gave: taken, and never given back. `options` are
    the target's own settings; without them they stay.
    """

    label: Needed
    base_url: Needed
    target: Literal["acumatica", "codat", "pennylane", "pennypipe"] = "pennypipe"
    auth_type: Literal["OAuth", "PAT", "OAuthPassword"]
    identity_authority: Short = ""
    client_id: Short = ""
    scopes: Text = ""
    credentials_expire_on: Short = ""
    secret: Annotated[str, Field(max_length=10_000)] = ""
    user_name: Short = ""
    password: Annotated[str, Field(max_length=1000)] = ""
    refresh_token: Annotated[str, Field(max_length=10_000)] = ""
    options: dict[str, Annotated[str, Field(max_length=500)]] | None = None
    revision: int | None = None


class SecretBody(_Body):
    """A new secret of a connection, with the user's password where it has one."""

    secret: Annotated[str, Field(min_length=1, max_length=10_000)]
    password: Annotated[str, Field(max_length=1000)] = ""


class AccountsBody(_Body):
    """Accounts to ask a ledger for; without any, those that routes post to."""

    accounts: Annotated[list[Needed], Field(max_length=50)] = []


class RouteBody(_Body):
    """A route. `new_references` is the consent to another account or connection."""

    connection: Needed
    stream_type: Literal["Sales", "Purchasing"]
    account_id: Needed
    time_zone: Short = "UTC"
    enabled: bool = True
    new_references: bool = False
    revision: int | None = None


class RulesBody(_Body):
    """The rules of a route: exactly the guide's JSON, in either casing."""

    rules: dict[str, Any]
    new_references: bool = False
    revision: int | None = None


class TestPostBody(_Body):
    """A small real entry to post, its amount as decimal text."""

    __test__ = False

    connection: Needed
    account: Needed
    amount: Short = "0.01"
    clean_up: bool = False


class PauseBody(_Body):
    """What to pause or resume: a connection, or one account of it."""

    connection: Needed
    account: Short = ""
    reason: Text = ""


class DeliveryBody(_Body):
    """One delivery, and why somebody acts on it."""

    connection: Needed
    account: Needed
    reference_id: Needed
    collision: Short = ""
    reason: Text = ""


class BulkBody(_Body):
    """All that is parked with one code, on all routes or one, and why somebody acts on it."""

    code: Needed
    route: Short = ""
    reason: Text = ""


class CompanyBody(_Body):
    """A company's configuration, as `GET /v1/companies/<id>` gives it, and the revision that it was made from."""

    configuration: dict[str, Any]
    revision: int | None = None


class FileBody(_Body):
    """A file of approvals: JSON Lines, or CSV with a column map, by its text or by the name that it is saved under.
    Larger files go through `ledgerpost backfill`.
    """

    content: Annotated[str, Field(max_length=4_000_000)]
    file_name: Short = "upload.jsonl"
    column_map: Annotated[str, Field(max_length=20_000)] = ""
    map_name: Short = ""
    reason: Text = ""


class ColumnMapBody(_Body):
    """A column map, YAML or JSON, as docs/ways-in.md describes it."""

    column_map: Annotated[str, Field(min_length=1, max_length=20_000)]


class ReasonBody(_Body):
    """Why somebody does it, in their own words."""

    reason: Text = ""


class ExplainBody(_Body):
    """An approval, as the bus entry that it is, or will be, published as."""

    event: dict[str, Any]
