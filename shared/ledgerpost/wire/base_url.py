"""The form of a base URL: https, no credentials, no address inside a network.

Only what stands in the URL is judged here. A name is judged when it is resolved, at connect time.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

URL_LENGTH_MAX = 300

_NUMERIC_HOST = re.compile(r"(?:.*\.)?(?:\d+|0[xX][0-9a-fA-F]*)\.?")
"""A host that resolvers may read as an IPv4 address in another writing (127.1, 0x7f000001). Source: WHATWG URL."""

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?")


def fault_of_base_url(url: str, *, allow_loopback: bool) -> str | None:
    """Give None for a base URL that may be called, else what is wrong with it, without quoting it: it may hold a
    password. `allow_loopback` also takes http and https on loopback, for local engines.
    """
    if len(url) > URL_LENGTH_MAX or any(sign.isspace() or not sign.isprintable() or sign == "\\" for sign in url):
        return f"It is longer than {URL_LENGTH_MAX} characters, or holds a space, a backslash or a control character."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "Its host or port cannot be read."
    if not host:
        return "It names no host."
    if "?" in url or "#" in url:
        return "It has a query or a fragment."
    return _fault_of_parts(parts) or _fault_of_host(parts.scheme, host, allow_loopback=allow_loopback)


def _fault_of_parts(parts: SplitResult) -> str | None:
    if parts.scheme not in ("https", "http"):
        return "It is not https."
    if "@" in parts.netloc:
        return "It holds a user name or a password."
    return None


def _fault_of_host(scheme: str, host: str, *, allow_loopback: bool) -> str | None:
    try:
        address = ip_address(host)
    except ValueError:
        return _fault_of_name(scheme, host.rstrip("."), allow_loopback=allow_loopback)
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return None if allow_loopback else "It is a loopback address."
    if not _is_public(address):
        return "It is a private, link-local or reserved address."
    return None if scheme == "https" else "It is not https."


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast


def _fault_of_name(scheme: str, host: str, *, allow_loopback: bool) -> str | None:
    if host == "localhost" or host.endswith(".localhost"):
        return None if allow_loopback else "It is a loopback address."
    if _NUMERIC_HOST.fullmatch(host):
        return "Its host is an address in an unusual writing."
    if not _HOST.fullmatch(host):
        return "Its host is no host name; write an international name in its xn-- form."
    return None if scheme == "https" else "It is not https."


def normalised_base_url(url: str) -> str:
    """Give one writing for all that lead to the same place: lower-case host, no default port, no closing slash."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    shown = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port not in (None, {"https": 443, "http": 80}.get(parts.scheme)) else ""
    return f"{parts.scheme}://{shown}{port}{parts.path.rstrip('/')}"
