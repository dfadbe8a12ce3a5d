"""The document of an extract: YAML or JSON text in, the checked configuration out, or all its problems."""

from zoneinfo import ZoneInfo

from pydantic import ValidationError

from ledgerpost.domain.event import TenantId
from ledgerpost.domain.extract.configuration import Consent, ExtractConfiguration, Side
from ledgerpost.domain.extract.documents import DEFAULT_STATUSES, ExtractRules
from ledgerpost.domain.route import OAuthAuth, SecretReference
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.wire.configuration_problems import in_order, problems_of
from ledgerpost.wire.document_text import values_of
from ledgerpost.wire.extract_model import ConsentDocument, ExtractDocument, SourceDocument
from ledgerpost.wire.forms import form_of


def read_extract(text: str, *, allow_loopback: bool = False) -> ExtractConfiguration:
    """Read and check the document of an extract.

    Raises ConfigurationError with all problems at once, each with its path and its mend; no value is ever quoted.
    `allow_loopback` takes http base URLs on loopback, for local runs. The statuses that the document names are laid
    over the usual map; the target's options are checked where the target is built.
    """
    return extract_from(values_of(text), allow_loopback=allow_loopback)


def extract_from(values: object, *, allow_loopback: bool = False) -> ExtractConfiguration:
    """Give the extract that a document of plain values describes; raises as `read_extract` does."""
    if not isinstance(values, dict):
        message = f"Expected an object; found {form_of(values)}."
        raise ConfigurationError(
            [Problem("document", message, "Write it as the example has it.", "config_wrong_value")]
        )
    try:
        document = ExtractDocument.model_validate(values, context={"allow_loopback": allow_loopback})
    except ValidationError as error:
        raise ConfigurationError(in_order(problems_of(error, ExtractDocument))) from None
    return ExtractConfiguration(
        tenant=TenantId(document.tenant),
        name=document.extract,
        source=_source_of(document.source),
        target=Side(
            kind=document.target.kind,
            base_url=document.target.base_url,
            auth=SecretReference(document.target.key),
            options=dict(document.target.options or {}),
        ),
        rules=ExtractRules(
            base_currency=document.base_currency, statuses={**DEFAULT_STATUSES, **(document.statuses or {})}
        ),
        time_zone=ZoneInfo(document.time_zone),
        rates=document.rates,
        changes_only=document.changes_only,
    )


def _source_of(source: SourceDocument) -> Side:
    if (source.token is None) == (source.oauth is None):
        found = "neither a token nor oauth" if source.token is None else "both a token and oauth"
        problem = Problem("source", f"It has {found}.", "Write one of the two.", "config_wrong_value")
        raise ConfigurationError([problem])
    auth = SecretReference(source.token) if source.token is not None else _consent_of(source.oauth)
    return Side(kind=source.kind, base_url=source.base_url, auth=auth)


def _consent_of(oauth: ConsentDocument | None) -> Consent:
    assert oauth is not None, "one of the two is there"
    auth = OAuthAuth(
        identity_authority=oauth.identity_authority,
        client_id=oauth.client_id,
        client_secret=SecretReference(oauth.client_secret),
        scopes="",
    )
    return Consent(auth=auth, refresh_token=SecretReference(oauth.refresh_token))
