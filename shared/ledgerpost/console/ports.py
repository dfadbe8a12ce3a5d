"""What the console works with: the ports of the use cases it stands on, for one stage or one laptop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ledgerpost.app.acts import Doing
from ledgerpost.app.apply import ApplyPorts
from ledgerpost.app.backfill import BackfillPorts
from ledgerpost.app.browse import REJECTIONS_READ_MAX, BrowsePorts, OverviewPorts
from ledgerpost.app.change_log import ActPorts, ChangeLog
from ledgerpost.app.checklist import ChecklistPorts
from ledgerpost.app.close_day import ClosePorts
from ledgerpost.app.column_maps import ColumnMaps
from ledgerpost.app.configuration_changes import PlainItems
from ledgerpost.app.operate import OperatePorts
from ledgerpost.app.pausing import PausingPorts
from ledgerpost.app.preview import PreviewPorts
from ledgerpost.app.webhook import WebhookPorts
from ledgerpost.console.caller import Caller
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.formula import Formulas
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import ConnectionId
from ledgerpost.errors import UsageError
from ledgerpost.ports import Clock, DeliveryList, LedgerTargets, PauseStore, Secrets
from ledgerpost.ports_setup import ConfigurationStore, SecretVault
from ledgerpost.wire.message import read_accepted_event

Publish = Callable[[Sequence[Mapping[str, Any]]], None]
"""Puts entries (`Source`, `DetailType`, `Detail`) on the bus; raises StoreError where one may not have been taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolePorts:
    """What the pages and the API need. `targets` gives the ledgers with secrets of one's choice, so that a secret can
    be tried before it is in use. `is_local` says that this is a laptop: base URLs of this machine are taken, and events
    that name no tenant are shown, since there is nobody else whose they could be. `grouping` is None where no days are
    grouped; `uploads` and `column_maps` are None where no file is taken; `webhook` is None on a stage, where approvals
    come in through `functions/webhook`, which may do nothing else.
    """

    place: str
    configurations: ConfigurationStore
    listing: DeliveryList
    operate: OperatePorts
    pauses: PauseStore
    secrets: Secrets
    vault: SecretVault
    secret_name: Callable[[TenantId, ConnectionId], str]
    targets: Callable[[Secrets], LedgerTargets]
    plain: PlainItems
    changes: ChangeLog
    browse: BrowsePorts
    formulas: Formulas
    webhook: WebhookPorts | None = None
    is_local: bool = False
    grouping: ClosePorts | None = None
    uploads: BackfillPorts | None = None
    column_maps: ColumnMaps | None = None

    @property
    def upload(self) -> BackfillPorts:
        """What sending a file's approvals needs. Raises UsageError(not_here) where no file is taken."""
        if self.uploads is None:
            raise UsageError("not_here", "This place takes no files; use `ledgerpost backfill`.")
        return self.uploads

    @property
    def maps(self) -> ColumnMaps:
        """The saved column maps. Raises UsageError(not_here) where none are kept."""
        if self.column_maps is None:
            raise UsageError("not_here", "This place keeps no column maps; use `ledgerpost backfill --map`.")
        return self.column_maps

    @property
    def close(self) -> ClosePorts:
        """What companies and their days need. Raises UsageError(not_here) where nothing is grouped."""
        if self.grouping is None:
            raise UsageError("not_here", "This place groups no days; grouping is chosen when a stage is deployed.")
        return self.grouping

    @property
    def clock(self) -> Clock:
        """The time of the place."""
        return self.operate.clock

    def doing(self, caller: Caller, reason: str = "") -> Doing:
        """Give who acts and where that is kept."""
        return Doing(person=caller.person, ports=ActPorts(self.changes, self.clock), reason=reason)

    def set_aside(self, tenant: TenantId) -> list[Rejection]:
        """Give the events of the tenant that were set aside and need a person."""
        owners = ("", tenant) if self.is_local else (tenant,)
        read = islice(self.operate.rejections.rejections(), REJECTIONS_READ_MAX)
        return [each for each in read if each.parked and each.tenant in owners]

    @property
    def overview(self) -> OverviewPorts:
        """What the overview needs."""
        return OverviewPorts(browse=self.browse, rejections=self.operate.rejections, pauses=self.pauses)

    @property
    def checklist(self) -> ChecklistPorts:
        """What the go-live checklist needs; a ledger is asked with the secrets in use."""
        return ChecklistPorts(
            configurations=self.configurations,
            changes=self.changes,
            browse=self.browse,
            targets=self.targets(self.secrets),
            read_event=read_accepted_event,
        )

    @property
    def preview(self) -> PreviewPorts:
        """What a preview needs; a ledger is asked and never written to."""
        return PreviewPorts(
            read_event=read_accepted_event,
            records=self.operate.records,
            pauses=self.pauses,
            targets=self.targets(self.secrets),
            formulas=self.formulas,
            clock=self.clock,
        )

    @property
    def apply(self) -> ApplyPorts:
        """What applying a configuration needs."""
        return ApplyPorts(
            configurations=self.configurations, deliveries=self.listing, clock=self.clock, plain=self.plain
        )

    @property
    def pausing(self) -> PausingPorts:
        """What pausing and resuming need."""
        return PausingPorts(pauses=self.pauses, listing=self.listing, operate=self.operate)
