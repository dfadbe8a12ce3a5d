"""What a tenant sets for one extract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from ledgerpost.domain.event import TenantId
from ledgerpost.domain.extract.documents import ExtractRules
from ledgerpost.domain.extract.progress import ExtractId
from ledgerpost.domain.route import OAuthAuth, SecretReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A person's consent by OAuth 2.0: the client, and where the first refresh token lies. It belongs to one extract
    alone: a refresh ends the token before, so a second user of the same consent would lock both out.
    """

    auth: OAuthAuth
    refresh_token: SecretReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A way into the source or the target: its address, where its token or key lies or by which consent it is had, and
    its own settings.
    """

    kind: str
    base_url: str
    auth: SecretReference | Consent
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractConfiguration:
    """One extract of one tenant. A night is named by its day in `time_zone`. `rates` is the path or URL of the
    ECB's file, None where every document is in the base currency.
    """

    tenant: TenantId
    name: str
    source: Side
    target: Side
    rules: ExtractRules
    time_zone: ZoneInfo
    rates: str | None = None
    changes_only: bool = False

    @property
    def id(self) -> ExtractId:
        """What its state lies under."""
        return ExtractId(f"{self.tenant}/{self.name}")
