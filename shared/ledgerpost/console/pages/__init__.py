"""The pages, each a list of ways in. A handler reads the form, calls one use case or view, and names a template."""

from ledgerpost.console.answers import Page
from ledgerpost.console.pages import (
    companies,
    connections,
    days,
    deliveries,
    overview,
    parked,
    routes,
    understand,
    undo,
    upload,
)

PAGES: tuple[Page, ...] = (
    *overview.PAGES,
    *connections.PAGES,
    *routes.PAGES,
    *deliveries.PAGES,
    *parked.PAGES,
    *understand.PAGES,
    *days.PAGES,
    *companies.PAGES,
    *upload.PAGES,
    *undo.PAGES,
)
