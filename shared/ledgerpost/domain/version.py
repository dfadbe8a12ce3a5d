"""Versions: which of two approvals of one entity is the later one, and under which revision of its route."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """The version that the source gave an entity.

    `revision` orders where both versions carry one; else `approved_at` (aware, UTC) does. The order is total as long as
    a source's revisions and approval times do not contradict each other. Source: design, section 3.1.
    """

    approved_at: datetime
    revision: int | None = None

    def __str__(self) -> str:
        return self.approved_at.isoformat() if self.revision is None else f"r{self.revision}"

    def compare(self, other: "SourceVersion") -> int:
        """Give a negative number where this version is older than `other`, zero where it is the same, else positive."""
        if self.revision is not None and other.revision is not None:
            return self.revision - other.revision
        return (self.approved_at > other.approved_at) - (self.approved_at < other.approved_at)


@dataclass(frozen=True, slots=True)
class Version:
    """The version of an entry: the source's version first, then the revision of the route that mapped it."""

    source: SourceVersion
    route_revision: int

    def __str__(self) -> str:
        return f"{self.source}/{self.route_revision}"

    def compare(self, other: "Version") -> int:
        """Give a negative number where this version is older than `other`, zero where it is the same, else positive."""
        return self.source.compare(other.source) or self.route_revision - other.route_revision
