"""The configuration document as it is written: its keys, their forms and what is expected of them.

Source: design, section 3.2; seed 000, steps 2 to 5. Each field's description completes the sentence "Expected …".
"""

import re
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from ledgerpost.domain.event import RULE_KINDS, EventKind
from ledgerpost.wire.base_url import fault_of_base_url

TARGETS = ("acumatica", "codat", "pennylane", "pennypipe")
"""The connectors that there are."""

KEPT_ELSEWHERE = (
    r"env:[A-Za-z_][A-Za-z0-9_]{0,127}"
    r"|secretsmanager:arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}"
)
ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
PROPERTY = r"[A-Za-z][A-Za-z0-9_]{0,99}"
ACCOUNT = r"[^\s/?#%\\]{1,100}"

_FORMS = {form: re.compile(form) for form in (KEPT_ELSEWHERE, ID, PROPERTY, ACCOUNT)}


def _matches(value: str, form: str) -> str:
    if not _FORMS[form].fullmatch(value) or not value.isprintable():
        raise PydanticCustomError("form", "another form")
    return value


def _secret_reference(value: Any) -> str:
    if not isinstance(value, str) or not _FORMS[KEPT_ELSEWHERE].fullmatch(value):
        raise PydanticCustomError("config_literal_secret", "A secret must not stand in the document.")
    return value


def _base_url(value: str, info: ValidationInfo) -> str:
    allow_loopback = bool(info.context and info.context["allow_loopback"])
    fault = fault_of_base_url(value, allow_loopback=allow_loopback)
    if fault:
        raise PydanticCustomError("config_base_url_refused", "{fault}", {"fault": fault})
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise PydanticCustomError("form", "no zone") from None
    return value


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("form", "no day") from None
    return value


def _target(value: str) -> str:
    if value not in TARGETS:
        raise PydanticCustomError("form", "no connector")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("form", "blank")
    return value


def _of_form(form: str) -> tuple[Any, Any]:
    return AfterValidator(lambda value: _matches(value, form)), Field(json_schema_extra={"pattern": f"^(?:{form})$"})


Id = Annotated[str, *_of_form(ID)]
PropertyName = Annotated[str, *_of_form(PROPERTY)]
AccountText = Annotated[str, *_of_form(ACCOUNT)]
SecretText = Annotated[
    str, BeforeValidator(_secret_reference), Field(json_schema_extra={"pattern": f"^(?:{KEPT_ELSEWHERE})$"})
]
UrlText = Annotated[str, AfterValidator(_base_url), Field(json_schema_extra={"pattern": "^https?://[^@?#\\s]+$"})]
DayText = Annotated[str, AfterValidator(_day), Field(json_schema_extra={"format": "date"})]
ZoneName = Annotated[str, AfterValidator(_time_zone)]
Label = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_not_blank)]
TagName = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_not_blank)]

ID_EXPECTED = "text of 1 to 64 letters, digits, dots, dashes or underscores"
SECRET_EXPECTED = "env:NAME or secretsmanager:<arn>"  # noqa: S105 - the form of a reference to a secret
AUTH_TYPES = "PAT, OAuth or OAuthPassword"
PROPERTY_EXPECTED = "the name of a property, such as ReceiptNumber"


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_alias=True)


class CustomFieldDocument(_Strict):
    """One ledger field and the property it is filled from."""

    field_definition_id: AccountText = Field(
        alias="FieldDefinitionId", description="the text of a field's id, as the ledger's field list has it"
    )
    source_property: PropertyName = Field(alias="SourceProperty", description=PROPERTY_EXPECTED)


class RuleDocument(_Strict):
    """How one kind of transaction becomes an entry."""

    enabled: bool | None = Field(
        default=None, alias="Enabled", description="true or false; a rule without it is switched off"
    )
    entry_type: Literal["credit", "debit"] | None = Field(
        default=None,
        validate_default=True,
        alias="EntryType",
        description="credit or debit; an enabled rule needs it",
    )
    tag_names: list[TagName] | None = Field(
        default=None,
        alias="TagNames",
        max_length=20,
        description="a list of at most 20 tags, each text of 1 to 64 characters",
    )
    create_missing_tags: bool | None = Field(
        default=None, alias="CreateMissingTags", description="true or false; false where it is missing"
    )
    note_template: str | None = Field(
        default=None,
        alias="NoteTemplate",
        max_length=2000,
        description="text of at most 2000 characters with {Property} placeholders",
    )
    reference_source: PropertyName | None = Field(
        default=None, alias="ReferenceIdSourceProperty", description=f"{PROPERTY_EXPECTED}; Id where it is missing"
    )
    custom_fields: list[CustomFieldDocument] | None = Field(
        default=None,
        alias="CustomFieldValueMaps",
        max_length=100,
        description="a list of at most 100 maps of FieldDefinitionId and SourceProperty",
    )

    @field_validator("entry_type")
    @classmethod
    def _is_there_where_enabled(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("enabled"):
            raise PydanticCustomError("missing", "An enabled rule needs it.")
        return value


class RulesDocument(_Strict):
    """The rules of a route, by kind of transaction; exactly the guide's JSON."""

    sale_document: RuleDocument | None = Field(default=None, alias="SaleDocument", description="a rule")
    sale_payment: RuleDocument | None = Field(default=None, alias="SalePayment", description="a rule")
    purchase_document: RuleDocument | None = Field(default=None, alias="PurchaseDocument", description="a rule")
    supplier_payment: RuleDocument | None = Field(default=None, alias="SupplierPayment", description="a rule")

    def by_kind(self) -> dict[EventKind, RuleDocument]:
        """Give the rules that are there, in the order of the kinds."""
        found = (self.sale_document, self.sale_payment, self.purchase_document, self.supplier_payment)
        return {kind: rule for kind, rule in zip(RULE_KINDS, found, strict=True) if rule is not None}


class PatDocument(_Strict):
    """A personal access token or an API key."""

    type: Literal["PAT"] = Field(description=AUTH_TYPES)
    token: SecretText = Field(description=SECRET_EXPECTED)


class OAuthDocument(_Strict):
    """OAuth client credentials."""

    type: Literal["OAuth"] = Field(description=AUTH_TYPES)
    identity_authority: UrlText = Field(alias="identityAuthority", description="an https URL")
    client_id: Label = Field(alias="clientId", description="text of 1 to 100 characters")
    client_secret: SecretText = Field(alias="clientSecret", description=SECRET_EXPECTED)
    scopes: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_not_blank)] = Field(
        description="text of scopes with spaces between them, 1 to 500 characters"
    )


class OAuthPasswordDocument(OAuthDocument):
    """OAuth with a user's password; the secret is JSON text with clientSecret and password."""

    type: Literal["OAuthPassword"] = Field(description=AUTH_TYPES)  # type: ignore[assignment]
    user_name: Label = Field(alias="userName", description="text of 1 to 100 characters")


class ConnectionDocument(_Strict):
    """A way into one ledger. Source: seed 000, step 2."""

    id: Id = Field(description=ID_EXPECTED)
    label: Label = Field(description="text of 1 to 100 characters")
    target: Annotated[str, AfterValidator(_target)] = Field(
        description=f"the text {' or '.join(TARGETS)}", json_schema_extra={"enum": list(TARGETS)}
    )
    base_url: UrlText = Field(alias="baseUrl", description="an https URL, as the ledger's support team gave it")
    auth: Annotated[PatDocument | OAuthDocument | OAuthPasswordDocument, Field(discriminator="type")] = Field(
        description=f"an object with type {AUTH_TYPES}"
    )
    options: dict[Id, Annotated[str, Field(max_length=500)]] | None = Field(
        default=None, description="an object of texts of at most 500 characters: the target's own settings"
    )
    credentials_expire_on: DayText | None = Field(
        default=None,
        alias="credentialsExpireOn",
        description='text of the last day that the token or client secret works, such as "2027-01-31"; an alarm warns',
    )


class RouteDocument(_Strict):
    """One business flow into one account. Source: seed 000, step 3."""

    id: Id = Field(description=ID_EXPECTED)
    connection: Id = Field(description="the id of a connection")
    stream_type: Literal["Sales", "Purchasing"] = Field(alias="streamType", description="Sales or Purchasing")
    account_id: AccountText = Field(
        alias="accountId", description="the text of the account's id: 1 to 100 characters without spaces and / ? # %"
    )
    enabled: bool = Field(description="true or false")
    time_zone: ZoneName = Field(
        default="UTC", alias="timeZone", description="the name of an IANA time zone, such as Europe/London"
    )
    rules: RulesDocument = Field(description="an object of rules, such as SaleDocument")
    collection: Any = Field(
        default=None,
        description="the name of a mapping collection, `use` with `overrides`, or a whole collection",
        json_schema_extra={"type": ["string", "object"]},
    )


class ConfigurationDocument(_Strict):
    """All connections and routes of one tenant."""

    tenant: Id = Field(description=ID_EXPECTED)
    connections: list[ConnectionDocument] = Field(max_length=100, description="a list of at most 100 connections")
    routes: list[RouteDocument] = Field(max_length=500, description="a list of at most 500 routes")
