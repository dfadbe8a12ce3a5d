"""Who may do what: three roles, every act, and one table. Source: issue 8, roles viewer, operator, admin."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person is to a tenant. Each later role may do all that the earlier ones may."""

    VIEWER = "viewer"
    """Sees, and changes nothing."""
    OPERATOR = "operator"
    """Moves deliveries on: a finance person's daily work."""
    ADMIN = "admin"
    """Decides where money is posted and by which secrets."""

    @property
    def rank(self) -> int:
        """How far the role reaches: 0 for the least."""
        return tuple(Role).index(self)


class Act(StrEnum):
    """Everything that a person can do, by the name that the change log keeps."""

    READ = "read"
    PREVIEW = "preview"
    READ_CHANGES = "read_changes"
    REDRIVE = "redrive"
    REDRIVE_REJECTION = "redrive_rejection"
    SKIP = "skip"
    PAUSE = "pause"
    RESUME = "resume"
    REPLAY = "replay"
    BACKFILL = "backfill"
    KEEP_COLUMN_MAP = "keep_column_map"
    REOPEN_DAY = "reopen_day"
    CLOSE_DAY = "close_day"
    UNDO = "undo"
    TEST_POST = "test_post"
    APPLY = "apply"
    PUT_SECRET = "put_secret"  # noqa: S105 - the name of an act
    ROLL_BACK_SECRET = "roll_back_secret"  # noqa: S105 - the name of an act
    PUT_WEBHOOK_KEY = "put_webhook_key"
    END_WEBHOOK_KEY = "end_webhook_key"
    PUBLISH = "publish"
    """What a webhook's key does; no page offers it."""

    @property
    def changes(self) -> bool:
        """Whether the act changes anything, so that the change log has to have it."""
        return self not in READING


READING = frozenset({Act.READ, Act.PREVIEW, Act.READ_CHANGES})
"""Acts that change nothing anywhere."""

LEAST_ROLE: Mapping[Act, Role] = MappingProxyType(
    {
        Act.READ: Role.VIEWER,
        Act.PREVIEW: Role.VIEWER,
        Act.READ_CHANGES: Role.VIEWER,
        Act.REDRIVE: Role.OPERATOR,
        Act.REDRIVE_REJECTION: Role.OPERATOR,
        Act.SKIP: Role.OPERATOR,
        Act.PAUSE: Role.OPERATOR,
        Act.RESUME: Role.OPERATOR,
        Act.REPLAY: Role.OPERATOR,
        Act.BACKFILL: Role.OPERATOR,
        Act.KEEP_COLUMN_MAP: Role.OPERATOR,
        Act.REOPEN_DAY: Role.OPERATOR,
        Act.CLOSE_DAY: Role.OPERATOR,
        Act.UNDO: Role.ADMIN,
        Act.TEST_POST: Role.ADMIN,
        Act.APPLY: Role.ADMIN,
        Act.PUT_SECRET: Role.ADMIN,
        Act.ROLL_BACK_SECRET: Role.ADMIN,
        Act.PUT_WEBHOOK_KEY: Role.ADMIN,
        Act.END_WEBHOOK_KEY: Role.ADMIN,
        Act.PUBLISH: Role.ADMIN,
    }
)
"""The least role that may do each act. An undo and a test post write entries that no approval asked for, so they are an
admin's; everything an operator does only moves on what the source approved.
"""


def may(role: Role, act: Act) -> bool:
    """Say whether `role` may do `act`."""
    return role.rank >= LEAST_ROLE[act].rank
