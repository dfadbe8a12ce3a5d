"""Where PennyPipe's calls live. Source: pennypipe.md, section 3, which is our own design throughout."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import quote

import httpx

from ledgerpost.domain.route import AccountId
from ledgerpost.errors import ConfigurationError, Problem

OPTION_PREFIX = "paths."


@dataclass(frozen=True, slots=True, kw_only=True)
class PennyPipePaths:
    """The paths under the base URL. A connection's option `paths.<name>` replaces the path of that name."""

    account: str = "/api/accounts/{accountId}"
    entries: str = "/api/accounts/{accountId}/ledger-entries"
    entry: str = "/api/accounts/{accountId}/ledger-entries/{entryId}"
    fields: str = "/api/accounts/{accountId}/field-definitions"
    tags: str = "/api/accounts/{accountId}/tags"


def paths_from(options: Mapping[str, str], at: str) -> PennyPipePaths:
    """Give the table with what `options` replaces. Raises ConfigurationError; `at` is the path of the connection."""
    known = {field.name: str(field.default) for field in fields(PennyPipePaths)}
    problems = [
        problem
        for option, path in options.items()
        if (problem := _problem_of(option, path, known, f"{at}.options.{option}")) is not None
    ]
    if problems:
        raise ConfigurationError(problems)
    return replace(PennyPipePaths(), **{name.removeprefix(OPTION_PREFIX): path for name, path in options.items()})


def _problem_of(option: str, path: str, known: Mapping[str, str], at: str) -> Problem | None:
    name = option.removeprefix(OPTION_PREFIX)
    if not option.startswith(OPTION_PREFIX) or name not in known:
        names = ", ".join(f"{OPTION_PREFIX}{name}" for name in known)
        return Problem(at, "PennyPipe has no such option.", f"Use one of {names}.", "config_unknown_key")
    wanted = [part for part in ("{accountId}", "{entryId}") if part in known[name]]
    if not path.startswith("/") or any(part not in path for part in wanted) or "?" in path or "#" in path:
        mend = f"Write a path that begins with / and holds {' and '.join(wanted)}, such as {known[name]}."
        return Problem(at, "This is no path of its call.", mend, "config_wrong_value")
    return None


@dataclass(frozen=True, slots=True)
class AccountUrls:
    """The URLs of one account."""

    account: httpx.URL
    entries: httpx.URL
    fields: httpx.URL
    tags: httpx.URL
    entry_template: str

    def entry(self, ledger_id: str) -> httpx.URL:
        """Give the URL of one entry."""
        return httpx.URL(self.entry_template.replace("{entryId}", _segment(ledger_id)))

    def entries_of(self, reference: str, cursor: str | None) -> httpx.URL:
        """Give the URL of a page of the entries of `reference`."""
        query = f"referenceId={quote(reference, safe='')}"
        if cursor is not None:
            query += f"&cursor={quote(cursor, safe='')}"
        return self.entries.copy_with(query=query.encode("ascii"))


def urls_of(base: str, account: AccountId, paths: PennyPipePaths) -> AccountUrls:
    """Give the URLs of `account` under `base`. Raises httpx.InvalidURL for an id that no path can carry."""

    def url(path: str) -> str:
        return base + path.replace("{accountId}", _segment(account))

    return AccountUrls(
        account=httpx.URL(url(paths.account)),
        entries=httpx.URL(url(paths.entries)),
        fields=httpx.URL(url(paths.fields)),
        tags=httpx.URL(url(paths.tags)),
        entry_template=url(paths.entry),
    )


def _segment(text: str) -> str:
    """Give `text` as one segment of a path: nothing in it may lead to another account's path."""
    if text in ("", ".", ".."):
        raise httpx.InvalidURL("An id is neither blank nor a step of a path.")
    return quote(text, safe="", errors="replace")
