"""The Acumatica connector: sales orders by the contract-based API, read back and compared. Source: acumatica.md."""

from ledgerpost.connectors.acumatica.client import AcumaticaClient
from ledgerpost.connectors.acumatica.options import options_from
from ledgerpost.connectors.acumatica.password_grant import PasswordGrant
from ledgerpost.connectors.acumatica.sessions import Session
from ledgerpost.connectors.acumatica.target import AcumaticaTarget, OrderFact

__all__ = ["AcumaticaClient", "AcumaticaTarget", "OrderFact", "PasswordGrant", "Session", "options_from"]
