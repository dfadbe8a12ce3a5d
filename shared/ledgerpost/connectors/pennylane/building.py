"""Putting a Pennylane connection together: its tokens, its budget, its client.

| option | is |
| --- | --- |
| `refreshToken` | with OAuth: where the first refresh token lies, `secretsmanager:…` or `env:…`; never the token |
| `journal` | the id of the journal that ledger entries are written to |
| `counterAccount` | the number of the account that balances an entry, such as 411000 |

The API token of a company is `auth` of the type PAT. Source: pennylane sheet, section 2; seed 002, "Contexts".
"""

from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.building import Building, place_of
from ledgerpost.connectors.pennylane.calls import BRIEF, Pace, Patience, PennylaneCalls
from ledgerpost.connectors.pennylane.rotating import RotatingGrant, RotatingTokens
from ledgerpost.connectors.pennylane.target import EntryOptions, PennylaneTarget
from ledgerpost.connectors.tokens import personal_access_token
from ledgerpost.domain.route import PatAuth, SecretReference
from ledgerpost.errors import ConfigurationError, Problem

OPTIONS = ("refreshToken", "journal", "counterAccount")
SECRET_PREFIXES = ("secretsmanager:", "env:")


def pennylane_target(building: Building) -> PennylaneTarget:
    """Give the connection as a ledger target; it has little patience, since a delivery comes again by itself."""
    calls = pennylane_calls(building, BRIEF)
    options = building.connection.options
    journal = options.get("journal")
    entries = EntryOptions(
        journal=None if journal is None else int(journal), counter_account=options.get("counterAccount", "")
    )
    return PennylaneTarget(calls, building.clock, entries)


def pennylane_calls(building: Building, patience: Patience | None = None) -> PennylaneCalls:
    """Give the calls of the connection. Raises ConfigurationError for options that it cannot be made of."""
    _check(building)
    pace = Pace(building.budget, f"{building.tenant}/{building.connection.id}")
    return PennylaneCalls(building.base_url, _sender(building), pace, building.clock, patience)


def _sender(building: Building) -> AuthorizedSender:
    connection = building.connection
    if isinstance(connection.auth, PatAuth):
        tokens = personal_access_token(connection.auth.token, building.secrets, building.clock)
        return AuthorizedSender(building.sender, tokens)
    assert building.token_pairs is not None, "checked before"
    grant = RotatingGrant(
        auth=connection.auth,
        first_refresh_token=SecretReference(connection.options["refreshToken"]),
        key=f"{building.tenant}/{connection.id}",
    )
    rotating = RotatingTokens(grant, building.token_pairs, building.sender, building.secrets, building.clock)
    return AuthorizedSender(building.sender, rotating)


def _check(building: Building) -> None:
    connection = building.connection
    at = place_of(connection)
    problems = [
        Problem(
            f"{at}.options.{name}",
            "Pennylane has no such option.",
            f"Use one of {', '.join(OPTIONS)}.",
            "config_unknown_key",
        )
        for name in connection.options
        if name not in OPTIONS
    ]
    journal = connection.options.get("journal", "0")
    if not journal.isdecimal():
        mend = "Write the number that Pennylane lists the journal under."
        problems.append(Problem(f"{at}.options.journal", "This is no id of a journal.", mend, "config_wrong_value"))
    if not isinstance(connection.auth, PatAuth):
        problems += _oauth_problems(building, at)
    if problems:
        raise ConfigurationError(problems)


def _oauth_problems(building: Building, at: str) -> list[Problem]:
    place = building.connection.options.get("refreshToken", "")
    if not place.startswith(SECRET_PREFIXES):
        mend = "Put the refresh token that the consent gave into a secret, and write secretsmanager: and its ARN here."
        message = "OAuth with Pennylane needs the place of the first refresh token."
        return [Problem(f"{at}.options.refreshToken", message, mend, "config_wrong_value")]
    if building.token_pairs is None:
        mend = (
            "Name a folder that keeps them (--state), or use an API token: a refreshed pair that is not kept locks "
            "the company out."
        )
        return [Problem(f"{at}.auth", "There is no store for tokens that rotate.", mend, "config_wrong_value")]
    return []
