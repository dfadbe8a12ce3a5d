"""What PennyPipe's refusals mean, and what a person does about them. Source: pennypipe.md, section 3.4; seed 000."""

from typing import Any

from ledgerpost.connectors.refusals import Refusals, Said, sentence_of
from ledgerpost.connectors.translation import Meaning, ProblemMeanings
from ledgerpost.domain.outcome import Retry

PROBLEMS: ProblemMeanings = {
    (403, "client_not_allowlisted"): Meaning("client_not_allowlisted", Retry.NEVER),
    (403, "account_forbidden"): Meaning("account_forbidden", Retry.NEVER),
    (409, "concurrent_update"): Meaning("concurrent_update", Retry.LATER),
    (422, "tag_missing"): Meaning("tag_missing", Retry.NEVER),
    (422, "field_definition_unknown"): Meaning("field_definition_unknown", Retry.NEVER),
    (422, "field_value_type"): Meaning("field_value_type", Retry.NEVER),
}
"""Finer than the status alone; every other code of the sheet says the same as its status."""


def _read(problem: dict[str, Any]) -> Said:
    """Its detail or title, and the first few `path: message` of its errors."""
    code = problem.get("code")
    said = next((text for key in ("detail", "title") if isinstance(text := problem.get(key), str) and text), "")
    return Said(code if isinstance(code, str) else "", sentence_of(said, problem.get("errors"), "path"))


REFUSALS = Refusals(read=_read, problems=PROBLEMS)


_ADVICE = {
    "account_forbidden": (
        "Check that the account id is correct.",
        "Check that the right connection is selected.",
        "Check that the token's user, or the OAuth client, has the right to post ledger entries to this account.",
        "With OAuth, also have the account's manager allow-list the OAuth client for integration posting.",
    ),
    "client_not_allowlisted": (
        "Have the account's manager allow-list the OAuth client for integration ledger posting.",
        "Check that the account id is correct.",
        "Check that the right connection is selected.",
        "Check that the client has the right to post ledger entries in PennyPipe.",
    ),
    "token_refused": (
        "Check that the OAuth or PAT credentials are correct.",
        "Check that the token is active and not expired or revoked.",
        "Check that the PennyPipe API base URL is correct.",
    ),
    "oauth_client_refused": (
        "Check identity authority, client id, client secret and scopes of the connection.",
        "Check that the client is active in the identity authority.",
    ),
    "account_not_found": (
        "Check that the account id is correct.",
        "Check that the PennyPipe API base URL is correct.",
    ),
    "ledger_unreachable": (
        "Check that the PennyPipe API base URL is correct.",
        "Check that this machine may open connections to it, then try again.",
    ),
    "reply_lost": (
        "PennyPipe did not answer in time: the entry may be there. Look for its reference before you try again.",
    ),
}  # fmt: skip
_ADVICE["address_refused"] = ("Use the https base URL that your implementation or support team gave you.",)


def advice_on(code: str) -> tuple[str, ...]:
    """Give what to check, in the sense of the guide's "Common issues and fixes"; empty where the catalogue's own fix
    says it all.
    """
    return _ADVICE.get(code, ())
