"""Fetching a public file, such as the ECB's rates."""

import httpx

from ledgerpost.connectors.http import HttpAnswer, HttpSender, common_headers
from ledgerpost.domain.outcome import NotApplied, Unknown


def download(url: str, sender: HttpSender) -> bytes | NotApplied | Unknown:
    """Give the body at `url`, at most what the sender's limits let through; else why there is none."""
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        return Unknown("ledger_unreachable", "The address is not a URL.")
    headers = [header for header in common_headers(address) if header[0] != b"Accept"]
    answer = sender.send("GET", address, headers)
    if not isinstance(answer, HttpAnswer):
        return answer
    if answer.status != 200 or answer.body is None:
        return Unknown("reply_unreadable", f"The server answered {answer.status}.", answer.status)
    return answer.body
