"""The document of an extract as it is written: its keys, their forms and what is expected of them.

Each field's description completes the sentence "Expected …".
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from ledgerpost.domain.money import MoneyError, exponent_of
from ledgerpost.wire.configuration_model import ID_EXPECTED, SECRET_EXPECTED, Id, Label, SecretText, UrlText, ZoneName


def _currency(value: str) -> str:
    try:
        exponent_of(value)
    except MoneyError:
        raise PydanticCustomError("form", "no currency") from None
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_alias=True)


class ConsentDocument(_Strict):
    """OAuth 2.0 with a refresh token that rotates. Source: pennylane sheet, section 2."""

    identity_authority: UrlText = Field(
        alias="identityAuthority", description="an https URL, such as https://app.pennylane.com/oauth"
    )
    client_id: Label = Field(alias="clientId", description="text of 1 to 100 characters")
    client_secret: SecretText = Field(alias="clientSecret", description=SECRET_EXPECTED)
    refresh_token: SecretText = Field(alias="refreshToken", description=SECRET_EXPECTED)


class SourceDocument(_Strict):
    """Where the rows come from. Source of the two ways in: seed 001, "OAuth 2.0 or Pennylane API key"."""

    kind: Literal["pennylane"] = Field(description="the text pennylane")
    base_url: UrlText = Field(alias="baseUrl", description="an https URL, such as https://app.pennylane.com")
    token: SecretText | None = Field(default=None, description=SECRET_EXPECTED)
    oauth: ConsentDocument | None = Field(
        default=None, description="an object with identityAuthority, clientId, clientSecret and refreshToken"
    )


class TargetDocument(_Strict):
    """Where the rows go."""

    kind: Literal["fincome"] = Field(description="the text fincome")
    base_url: UrlText = Field(alias="baseUrl", description="an https URL, such as https://api2.fincome.co/product")
    key: SecretText = Field(description=SECRET_EXPECTED)
    options: dict[Id, Annotated[str, Field(max_length=500)]] | None = Field(
        default=None,
        description="an object of texts of at most 500 characters: keyHeader, keyPrefix, paths.customers …",
    )


class ExtractDocument(_Strict):
    """One extract of one tenant."""

    tenant: Id = Field(description=ID_EXPECTED)
    extract: Id = Field(description=ID_EXPECTED)
    source: SourceDocument = Field(description="an object with kind, baseUrl and token or oauth")
    target: TargetDocument = Field(description="an object with kind, baseUrl and key")
    time_zone: ZoneName = Field(
        default="UTC", alias="timeZone", description="the name of an IANA time zone, such as Europe/Paris"
    )
    base_currency: Annotated[str, AfterValidator(_currency)] = Field(
        default="EUR", alias="baseCurrency", description="the code of a currency, such as EUR"
    )
    rates: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        default=None, description="the text of a path or an https URL: the ECB's eurofxref-hist.csv or its zip"
    )
    statuses: dict[str, Literal["open", "paid", "unpaid", "not sent"]] | None = Field(
        default=None, description="an object: a status of the source → open, paid, unpaid or not sent"
    )
    changes_only: bool = Field(default=False, alias="changesOnly", description="true or false")
