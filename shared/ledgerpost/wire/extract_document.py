"""The document of an extract: YAML or JSON text in, the checked configuration out, or all its problems."""

from zoneinfo import ZoneInfo

from pydantic import ValidationError

from ledgerpost.domain.event import TenantId
from ledgerpost.domain.extract.configuration import ExtractConfiguration, Side
from ledgerpost.domain.extract.documents import DEFAULT_STATUSES, ExtractRules
from ledgerpost.domain.route import SecretReference
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.wire.configuration_problems import in_order, problems_of
from ledgerpost.wire.document_text import values_of
from ledgerpost.wire.extract_model import ExtractDocument
from ledgerpost.wire.forms import form_of


def read_extract(text: str, *, allow_loopback: bool = False) -> ExtractConfiguration:
    """Read and check the document of an extract.

    Raises ConfigurationError with all problems at once, each with its path and its mend; no value is ever quoted.
    `allow_loopback` takes http base URLs on loopback, for local runs. The statuses that the document names are laid
    over the usual map; the target's options are checked where the target is built.
    """
    values = values_of(text)
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
        source=Side(
            kind=document.source.kind, base_url=document.source.base_url, token=SecretReference(document.source.token)
        ),
        target=Side(
            kind=document.target.kind,
            base_url=document.target.base_url,
            token=SecretReference(document.target.key),
            options=dict(document.target.options or {}),
        ),
        rules=ExtractRules(
            base_currency=document.base_currency, statuses={**DEFAULT_STATUSES, **(document.statuses or {})}
        ),
        time_zone=ZoneInfo(document.time_zone),
        rates=document.rates,
        changes_only=document.changes_only,
    )
